//! [`Programs`]: what the hub itself keeps running beside its servers (the services of its configuration). Owns their
//! processes, what is written down of them, and their logs; when one is started again is the hub's to decide. The parts
//! are those of servers: the gate, the mark, the end of a whole family.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use labdeck_model::Secret;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::account::Account;
use super::config::find_program;
use super::launch::GATE;
use super::program_log::{Log, copy, last_lines};
use super::record::{self, Run};
use super::signal::{self, Ask};
use super::{pip, procfs};
use crate::{SpawnError, tasks};

/// What the mark in the environment is called.
const MARK: &str = "LABDECK_SERVICE";

/// How long a program may take to end after SIGINT, after SIGTERM, and after SIGKILL.
const PATIENCE: [Duration; 3] = [Duration::from_secs(4), Duration::from_secs(3), Duration::from_secs(5)];

/// Variables of the hub's own environment that programs get, where they run under the hub's own account: JupyterHub's
/// `env_keep`, and whose account it is.
const ENV_KEEP: [&str; 13] = [
    "PATH",
    "PYTHONPATH",
    "CONDA_ROOT",
    "CONDA_DEFAULT_ENV",
    "VIRTUAL_ENV",
    "LANG",
    "LC_ALL",
    "TZ",
    "SHELL",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
];

/// The programs of one hub.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct ProgramOrder {
    /// By what it is known.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it runs; `None` is where the hub runs, or the home of its account.
    pub cwd: Option<PathBuf>,
    /// What it gets in its environment, beside what every program gets.
    pub environment: BTreeMap<String, Secret<String>>,
    /// The account that it runs under; `None` is the hub's.
    pub user: Option<String>,
}

/// A program that runs. Dropped, it runs on, and [`Programs::end_all`] of the next hub finds it.
#[derive(Debug)]
pub struct Program {
    run: Run,
    child: Child,
    note: PathBuf,
}

/// How a program ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramExit {
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

// === impl Programs ===

impl Programs {
    /// Those whose files lie below this folder. Touches nothing yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Starts a program. What an earlier start of it left running is ended first.
    ///
    /// # Errors
    /// In words for the lead: the folder cannot be written, there is no such account, there is no such folder.
    ///
    /// # Cancellation
    /// When dropped before the program was written down, it ends at its gate.
    pub async fn start(&self, order: &ProgramOrder) -> Result<Program, SpawnError> {
        let name = folder_name(&order.name);
        let folder = self.folder.join(&name);
        record::make_private(&folder).map_err(SpawnError::io("making the folder of a service"))?;
        let note = folder.join("run.json");
        end_noted(&note).await?;
        let account = self.account(order).await?;
        let home = home_of(order, account.as_ref())?;
        let mark = self.mark(&name);
        let mut command = gate(order, account.as_ref(), &home);
        command.env_clear().envs(environment(order, account.as_ref())).env(MARK, &mark);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(false);
        let mut child = command.spawn().map_err(SpawnError::io("starting a service"))?;
        let line = child.stdin.take();
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let (Some(mut line), Some(pid)) = (line, pid) else {
            return Err(SpawnError::io("starting a service")(std::io::ErrorKind::BrokenPipe.into()));
        };
        let run = run_of(pid, name, format!("{MARK}={mark}"));
        write_note(&note, &run).map_err(SpawnError::io("writing down the process of a service"))?;
        let log = Log::open(&log_path(&folder)).map_err(SpawnError::io("opening the log of a service"))?;
        for stream in [child.stdout.take().map(copy::boxed), child.stderr.take().map(copy::boxed)].into_iter().flatten()
        {
            // Ends with the last process that holds the other end; those are killed with the program.
            tasks::detach("service log", copy::all(stream, log.clone()));
        }
        line.write_all(b"go\n").await.map_err(SpawnError::io("starting a service"))?;
        Ok(Program { run, child, note })
    }

    /// Ends whatever an earlier hub left running.
    pub async fn end_all(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let notes: Vec<PathBuf> = entries.map(|entry| entry.path().join("run.json")).collect();
        for (ended, note) in join_all(notes.iter().map(|note| end_noted(note))).await.into_iter().zip(&notes) {
            if let Err(error) = ended {
                tracing::warn!("Could not end the service that {} tells of: {error}", note.display());
            }
        }
    }

    /// The last lines of a program's log.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log_lines(&self, name: &str, lines: usize) -> std::io::Result<Vec<String>> {
        last_lines(&log_path(&self.folder.join(folder_name(name))), lines)
    }

    /// What stands in the environment of its processes and of no others on this computer.
    fn mark(&self, name: &str) -> String {
        let hash = Sha256::digest(self.folder.as_os_str().as_encoded_bytes());
        let tail: String = hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        format!("{tail}-{name}")
    }

    async fn account(&self, order: &ProgramOrder) -> Result<Option<Account>, SpawnError> {
        match &order.user {
            None => Ok(None),
            Some(user) => Account::of_service(user).await,
        }
    }
}

/// Where it runs.
fn home_of(order: &ProgramOrder, account: Option<&Account>) -> Result<PathBuf, SpawnError> {
    let home = match (&order.cwd, account) {
        (Some(cwd), _) => cwd.clone(),
        (None, Some(account)) => account.home.clone(),
        (None, None) => std::env::current_dir().map_err(SpawnError::io("looking for the folder of the hub"))?,
    };
    if home.is_dir() {
        return Ok(home);
    }
    let message = format!("The folder {} that it shall run in is not there.", home.display());
    Err(pip::failure("folder_missing", message, "Make the folder, or name another one as cwd.", Vec::new()))
}

/// The command up to the program: a session of its own, the account, then the gate.
#[cfg(unix)]
fn gate(order: &ProgramOrder, account: Option<&Account>, home: &Path) -> Command {
    let setsid = find_program("setsid").map(|path| path.display().to_string());
    let mut words: Vec<String> = setsid.clone().into_iter().collect();
    words.extend(account.into_iter().flat_map(Account::words));
    words.extend(["/bin/sh", "-c", GATE, "labdeck-service"].map(str::to_owned));
    let mut words = words.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(home).args(&order.command).current_dir("/");
    if setsid.is_none() {
        command.process_group(0);
    }
    command
}

#[cfg(not(unix))]
fn gate(order: &ProgramOrder, _: Option<&Account>, home: &Path) -> Command {
    let mut command = Command::new(order.command.first().map_or("", String::as_str));
    command.args(order.command.iter().skip(1)).current_dir(home);
    command
}

fn environment(order: &ProgramOrder, account: Option<&Account>) -> BTreeMap<String, String> {
    let kept = ENV_KEEP.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    let mut all: BTreeMap<String, String> = kept.collect();
    if let Some(account) = account {
        let own = [("USER", &account.name), ("LOGNAME", &account.name), ("SHELL", &account.shell)];
        all.extend(own.map(|(name, value)| (name.to_owned(), value.clone())));
        all.insert("HOME".to_owned(), account.home.display().to_string());
        all.remove("TMPDIR");
    }
    all.extend(order.environment.iter().map(|(name, value)| (name.clone(), value.expose().clone())));
    all
}

fn run_of(pid: i32, name: String, mark: String) -> Run {
    let start_time = procfs::stat(pid).map(|stat| stat.start_time).unwrap_or_default();
    let groups = super::cgroup::Groups::default();
    Run {
        pid,
        start_time,
        boot: procfs::boot(),
        port: 0,
        name,
        groups,
        mark,
        links: Vec::new(),
        ip: None,
        environment: None,
    }
}

fn write_note(note: &Path, run: &Run) -> std::io::Result<()> {
    let fresh = note.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    record::private_file(&mut options);
    let mut file = options.open(&fresh)?;
    file.write_all(&serde_json::to_vec(run)?)?;
    file.sync_all()?;
    fs::rename(fresh, note)
}

/// Ends what is written down, if it still runs, and drops the note.
async fn end_noted(note: &Path) -> Result<(), SpawnError> {
    let Ok(bytes) = fs::read(note) else { return Ok(()) };
    // A note that cannot be read names nothing that could be ended.
    if let Ok(run) = serde_json::from_slice::<Run>(&bytes)
        && run.pid > 1
    {
        end(&run).await?;
    }
    let _ = fs::remove_file(note);
    Ok(())
}

async fn end(run: &Run) -> Result<(), SpawnError> {
    let [interrupt, terminate, kill] = PATIENCE;
    for (ask, patience) in [(Ask::Interrupt, interrupt), (Ask::Terminate, terminate)] {
        signal::send(run, ask);
        if signal::ended_within(run, patience).await {
            break;
        }
    }
    if signal::kill_family(run, kill).await {
        return Ok(());
    }
    let stuck = std::io::Error::from(std::io::ErrorKind::TimedOut);
    Err(SpawnError::io(format!("ending process {}", run.pid))(stuck))
}

// === impl Program ===

impl Program {
    /// The number of its process.
    pub fn pid(&self) -> u32 {
        u32::try_from(self.run.pid).unwrap_or_default()
    }

    /// Waits until it ends by itself.
    ///
    /// # Cancellation
    /// Safe to drop; call it again.
    pub async fn wait(&mut self) -> ProgramExit {
        match self.child.wait().await {
            Ok(status) => ProgramExit { code: status.code(), signal: signal_of(status) },
            Err(_) => ProgramExit { code: None, signal: None },
        }
    }

    /// Ends it with all that it started, gently first; also what it left behind when it ended by itself.
    ///
    /// # Errors
    /// When something of it cannot be ended.
    ///
    /// # Cancellation
    /// When dropped, the rest runs on and the next start, or the next hub, ends it.
    pub async fn end(mut self) -> Result<(), SpawnError> {
        // Waited for beside, so that its number is free and it is seen as gone.
        let (ended, _) = tokio::join!(end(&self.run), self.child.wait());
        ended?;
        let _ = fs::remove_file(&self.note);
        Ok(())
    }
}

#[cfg(unix)]
fn signal_of(status: std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: std::process::ExitStatus) -> Option<i32> {
    None
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("service.log")
}

/// A name as a folder: readable, tame, and another for each name.
fn folder_name(name: &str) -> String {
    let tame = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let readable: String = name.chars().map(tame).take(24).collect();
    let tail: String = Sha256::digest(name).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{tail}", readable.trim_matches('-')).trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(script: &str) -> ProgramOrder {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        ProgramOrder { name: "Reports & more".into(), command, cwd: None, environment: BTreeMap::new(), user: None }
    }

    async fn until(what: impl Fn() -> bool) {
        for _ in 0..400 {
            if what() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it did not happen in time");
    }

    #[tokio::test]
    async fn a_program_runs_in_its_folder_with_its_environment_and_its_exit_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let programs = Programs::new(dir.path().join("services"));
        let mut asked = order("echo \"$PWD $NAME\"; echo oops >&2; exit 7");
        asked.cwd = Some(dir.path().canonicalize().unwrap());
        asked.environment.insert("NAME".into(), Secret::new("seven".into()));
        let mut program = programs.start(&asked).await.unwrap();
        assert_eq!(program.wait().await, ProgramExit { code: Some(7), signal: None });
        program.end().await.unwrap();
        let line = format!("{} seven", asked.cwd.as_ref().unwrap().display());
        let lines = || programs.log_lines(&asked.name, 10).unwrap();
        until(|| lines().len() == 2).await;
        assert!(lines().contains(&line) && lines().contains(&"oops".to_owned()), "{:?}", lines());
    }

    #[tokio::test]
    async fn the_end_reaches_what_the_program_started_and_a_later_hub_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let programs = Programs::new(dir.path());
        // A grandchild in a session of its own, which ignores everything that can be ignored.
        let script = "trap '' INT TERM; setsid sh -c 'trap \"\" INT TERM; echo up; sleep 600' & wait; wait";
        let program = programs.start(&order(script)).await.unwrap();
        until(|| programs.log_lines("Reports & more", 5).unwrap() == ["up"]).await;
        let mark = program.run.mark.clone();
        assert!(!procfs::marked(&mark).is_empty());
        // As after a crash: nobody holds it any more.
        drop(program);
        Programs::new(dir.path()).end_all().await;
        assert_eq!(procfs::marked(&mark), Vec::<i32>::new());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_said_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let asked = ProgramOrder { cwd: Some(dir.path().join("missing")), ..order("true") };
        let error = Programs::new(dir.path()).start(&asked).await.unwrap_err();
        assert!(error.failure().message.contains("is not there"), "{error}");
    }

    #[test]
    fn folder_names_are_tame_and_distinct() {
        assert_ne!(folder_name("a b"), folder_name("a-b"));
        assert!(folder_name("../x").chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    }
}
