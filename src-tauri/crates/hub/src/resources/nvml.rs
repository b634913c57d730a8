//! [`NvidiaCards`]: NVIDIA's cards by its management library, which is looked for when the hub starts. A machine
//! without it has no cards, and says why only where a card or a driver is there.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use labdeck_model::GpuSample;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use super::cards::{Card, Cards};

/// The driver's own name for the library; without the number only where developer files are installed.
const LIBRARY: &str = if cfg!(windows) { "nvml.dll" } else { "libnvidia-ml.so.1" };
/// A loaded driver of NVIDIA's is seen here, on Linux.
const DRIVER: &str = "/proc/driver/nvidia/version";
/// NVIDIA's number among makers of PCI devices.
const NVIDIA: &str = "0x10de";
/// The class of display controllers, of which 3D controllers are a kind.
const DISPLAY_CLASS: &str = "0x03";

/// NVIDIA's graphics cards.
pub struct NvidiaCards {
    /// `None` where the library could not be used.
    library: Option<Nvml>,
    cards: Vec<Card>,
    problem: Option<String>,
}

// === impl NvidiaCards ===

impl NvidiaCards {
    /// Looks for the library, at `path` or in its usual place, and asks it for the cards. Takes up to a second where
    /// the driver has to wake up.
    pub fn find(path: Option<&Path>) -> Self {
        let library = Nvml::builder().lib_path(path.map_or(OsStr::new(LIBRARY), Path::as_os_str)).init();
        let found = library.and_then(|library| list(&library).map(|cards| (library, cards)));
        match found {
            Ok((library, cards)) => {
                tracing::info!(cards = cards.len(), "Found {} graphics cards", cards.len());
                Self { library: Some(library), cards, problem: None }
            }
            Err(error) => {
                tracing::debug!(%error, "No graphics cards by NVIDIA's library");
                let problem = words(&error, path, &Traces::here());
                Self { library: None, cards: Vec::new(), problem }
            }
        }
    }
}

impl Cards for NvidiaCards {
    fn list(&self) -> Vec<Card> {
        self.cards.clone()
    }

    fn problem(&self) -> Option<String> {
        self.problem.clone()
    }

    fn sample(&self, id: &str) -> Option<GpuSample> {
        let device = self.library.as_ref()?.device_by_uuid(id).ok()?;
        Some(GpuSample {
            id: id.to_owned(),
            busy: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu.min(100)) / 100.0),
            memory_bytes: device.memory_info().ok().map(|memory| memory.used),
            temperature: device.temperature(TemperatureSensor::Gpu).ok(),
        })
    }
}

impl fmt::Debug for NvidiaCards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NvidiaCards").field("cards", &self.cards).field("problem", &self.problem).finish()
    }
}

/// Each card, or its slices where it is cut up: the whole can then not be given away.
fn list(library: &Nvml) -> Result<Vec<Card>, NvmlError> {
    let mut cards = Vec::new();
    for index in 0..library.device_count()? {
        // One card that fell off the bus hides no other.
        let Ok(device) = library.device_by_index(index) else { continue };
        let slices = slices(&device);
        let own = if slices.is_empty() { vec![device] } else { slices };
        cards.extend(own.iter().filter_map(|device| card(device, index)));
    }
    Ok(cards)
}

fn slices<'a>(device: &Device<'a>) -> Vec<Device<'a>> {
    let is_cut = device.mig_mode().is_ok_and(|mode| mode.current == 1);
    let most = if is_cut { device.mig_device_count().unwrap_or(0) } else { 0 };
    (0..most).filter_map(|place| device.mig_device_by_index(place).ok()).collect()
}

fn card(device: &Device<'_>, index: u32) -> Option<Card> {
    Some(Card {
        id: device.uuid().ok()?,
        index,
        name: device.name().unwrap_or_else(|_| "graphics card".to_owned()),
        memory_bytes: device.memory_info().ok().map(|memory| memory.total),
    })
}

/// What shows that there could be cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Traces {
    has_driver: bool,
    has_card: bool,
}

impl Traces {
    fn here() -> Self {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let devices = std::fs::read_dir("/sys/bus/pci/devices").into_iter().flatten().flatten();
        let has_card = devices.map(|device| device.path()).any(|device| {
            read(device.join("vendor")).trim() == NVIDIA && read(device.join("class")).starts_with(DISPLAY_CLASS)
        });
        Self { has_driver: Path::new(DRIVER).exists(), has_card }
    }
}

/// `None` where nothing is missing: a machine without cards is none with a problem.
fn words(error: &NvmlError, named: Option<&Path>, traces: &Traces) -> Option<String> {
    if let (Some(path), NvmlError::LibloadingError(cause)) = (named, error) {
        return Some(format!(
            "The library that [labdeck] nvml_library names ({}) cannot be loaded: {cause}. Correct the path, or take the \
             setting out.",
            path.display()
        ));
    }
    match error {
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound if !traces.has_driver && !traces.has_card => None,
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound if traces.has_driver => Some(
            "NVIDIA's driver is loaded, but its library libnvidia-ml is missing. Install the package of the driver's \
             tools (on Debian: nvidia-smi) and start Labdeck again."
                .to_owned(),
        ),
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound => Some(
            "There is a graphics card of NVIDIA's in this computer, but no driver for it. Install the driver (on \
             Debian: nvidia-driver), start the computer again, and Labdeck finds the card."
                .to_owned(),
        ),
        NvmlError::DriverNotLoaded => Some(
            "NVIDIA's driver is installed, but not loaded. Start the computer again; if that does not help, the driver \
             does not fit the kernel and must be installed anew."
                .to_owned(),
        ),
        NvmlError::LibRmVersionMismatch => Some(
            "NVIDIA's driver was renewed while it was in use. Start the computer again to use the new one.".to_owned(),
        ),
        NvmlError::NoPermission => Some(
            "This account may not ask NVIDIA's driver about its cards. Add the account to the group that owns \
             /dev/nvidiactl (often video), sign out and in again."
                .to_owned(),
        ),
        other => Some(format!(
            "NVIDIA's driver does not answer about its cards: {other}. The program nvidia-smi may say more."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_cards_has_no_problem() {
        let (nothing, card) =
            (Traces { has_driver: false, has_card: false }, Traces { has_driver: false, has_card: true });
        let driver = Traces { has_driver: true, ..card };
        assert_eq!(words(&NvmlError::LibraryNotFound, None, &nothing), None);
        let said = |error, traces| words(&error, None, &traces).unwrap();
        assert!(said(NvmlError::LibraryNotFound, card).contains("Install the driver"));
        assert!(said(NvmlError::LibraryNotFound, driver).contains("libnvidia-ml is missing"));
        assert!(said(NvmlError::DriverNotLoaded, driver).contains("not loaded"));
        assert!(said(NvmlError::LibRmVersionMismatch, driver).contains("Start the computer again"));
        assert!(said(NvmlError::NoPermission, driver).contains("/dev/nvidiactl"));
        assert!(said(NvmlError::GpuLost, driver).contains("nvidia-smi"));
    }

    #[test]
    fn a_library_that_was_named_and_is_not_there_is_told() {
        let cards = NvidiaCards::find(Some(Path::new("/nowhere/libnvidia-ml.so.1")));
        assert!(cards.list().is_empty() && cards.sample("GPU-1").is_none());
        let problem = cards.problem().unwrap();
        assert!(problem.contains("/nowhere/libnvidia-ml.so.1") && problem.contains("nvml_library"), "{problem}");
    }
}
