//! Amounts in the words that people read. Powers of 1024 under the names that people use for them.

use labdeck_model::ResourceLimits;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// `2 GB`, `1.5 GB`, `512 MB`.
pub fn bytes_in_words(bytes: u64) -> String {
    if bytes < GIB {
        return format!("{} MB", bytes.div_ceil(MIB));
    }
    let tenths = (bytes + GIB / 20) / (GIB / 10);
    if tenths.is_multiple_of(10) {
        format!("{} GB", tenths / 10)
    } else {
        format!("{}.{} GB", tenths / 10, tenths % 10)
    }
}

/// `1 CPU · 2 GB memory · 1 graphics card`.
pub fn limits_in_words(limits: &ResourceLimits) -> String {
    let cpus = limits.cpus.map(|n| if n == 1.0 { "1 CPU".to_owned() } else { format!("{n} CPUs") });
    let memory = limits.memory_bytes.map(|bytes| format!("{} memory", bytes_in_words(bytes)));
    let cards = match limits.gpus {
        0 => None,
        1 => Some("1 graphics card".to_owned()),
        n => Some(format!("{n} graphics cards")),
    };
    [cpus, memory, cards].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_say_them() {
        let said = [(2 * GIB, "2 GB"), (3 * GIB / 2, "1.5 GB"), (512 * MIB, "512 MB"), (1, "1 MB"), (0, "0 MB")];
        for (bytes, words) in said {
            assert_eq!(bytes_in_words(bytes), words);
        }
        assert_eq!(bytes_in_words(25_268_424_704), "23.5 GB");
    }

    #[test]
    fn limits_read_as_a_line() {
        let words = |cpus, memory_bytes, gpus| {
            limits_in_words(&ResourceLimits { cpus, memory_bytes, gpus, ..ResourceLimits::NONE })
        };
        assert_eq!(words(Some(1.0), Some(2 << 30), 0), "1 CPU · 2 GB memory");
        assert_eq!(words(Some(0.5), Some(1536 << 20), 1), "0.5 CPUs · 1.5 GB memory · 1 graphics card");
        assert_eq!(words(None, None, 0), "");
    }
}
