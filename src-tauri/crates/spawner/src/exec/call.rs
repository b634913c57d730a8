//! One run of the program: its input, its lines, its end. Owns every bound on it (length of a line, number of lines,
//! time) and the words for a program that does not keep to the contract. Answers are judged by `driver`.

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;

use labdeck_model::Failure;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;

use super::protocol::{Complaint, Line, Question, VERSION, lines};
use crate::leader::Leader;
use crate::{SpawnError, tasks};

/// Longest line that is read.
const LINE_BYTES: usize = 1 << 20;
/// Most lines of one answer.
const MOST_LINES: usize = 10_000;
/// How many of its last complaints (standard error) are kept.
const KEPT_LINES: usize = 40;
/// How long the program may take to end after its answer.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// How one run went wrong.
#[derive(Debug)]
pub(super) enum Broken {
    /// The program said why, in the contract's form.
    Said(Complaint),
    /// It did not keep to the contract, or ended without an answer.
    Wrong(String, Vec<String>),
    /// It could not be run.
    Missing(std::io::Error),
    /// It took longer than it may.
    Late(Duration),
    /// The call was given up.
    Cancelled,
}

/// A run that is under way. Dropped, it ends, with whatever it started.
#[derive(Debug)]
pub(super) struct Call {
    program: Leader,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    errors: tokio::sync::oneshot::Receiver<Vec<String>>,
    /// Held for its end: it reads what the program complains.
    _reader: tasks::Task,
    seen: usize,
}

/// Runs the program for a question that has one line as its answer.
pub(super) async fn ask(
    program: &[String],
    question: &Question<'_>,
    limit: Duration,
) -> Result<serde_json::Value, Broken> {
    let asking = async {
        let mut call = Call::begin(program, question).await?;
        loop {
            if let Some(answer) = call.next().await?.into_result()? {
                call.end().await;
                return Ok(answer);
            }
        }
    };
    tokio::time::timeout(limit, asking).await.unwrap_or(Err(Broken::Late(limit)))
}

// === impl Call ===

impl Call {
    /// Starts the program and hands it the question.
    pub(super) async fn begin(program: &[String], question: &Question<'_>) -> Result<Self, Broken> {
        let mut words = program.iter();
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words).arg(question.verb);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("LABDECK_") || text.starts_with("JUPYTERHUB_") {
                command.env_remove(&name);
            }
        }
        let mut program = Leader::begin(&mut command).map_err(Broken::Missing)?;
        let child = program.child();
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Broken::Missing(std::io::ErrorKind::BrokenPipe.into()));
        };
        let (told, heard) = tokio::sync::oneshot::channel();
        let reader = tasks::spawn("exec complaints", async move {
            // Whoever asked may have gone.
            let _ = told.send(last_lines(errors).await);
        });
        let mut call = Self { program, input, output: BufReader::new(output), errors: heard, _reader: reader, seen: 0 };
        let mut line = serde_json::to_vec(question).unwrap_or_default();
        line.push(b'\n');
        // A program that answers without reading is as good.
        let _ = call.input.write_all(&line).await;
        Ok(call)
    }

    /// Tells the program to go on: what it handed over is on disk.
    pub(super) async fn go_on(&mut self) {
        // One that does not wait for it has closed its input, or never reads.
        let _ = self.input.write_all(b"{\"go\":true}\n").await;
        let _ = self.input.flush().await;
    }

    /// The next line; a call that is given up ends the program.
    pub(super) async fn next_or(&mut self, cancel: &CancellationToken) -> Result<Line, Broken> {
        tokio::select! {
            // A talkative program must not keep a cancelled start going.
            biased;
            () = cancel.cancelled() => Err(Broken::Cancelled),
            line = self.next() => line,
        }
    }

    /// The next line.
    pub(super) async fn next(&mut self) -> Result<Line, Broken> {
        self.seen += 1;
        if self.seen > MOST_LINES {
            return Err(Broken::Wrong(format!("It wrote more than {MOST_LINES} lines without an answer."), Vec::new()));
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX);
        let read = (&mut self.output).take(limit).read_until(b'\n', &mut bytes).await;
        match read {
            Ok(0) => Err(self.ended_early().await),
            Ok(_) if bytes.len() >= LINE_BYTES && bytes.last() != Some(&b'\n') => {
                Err(Broken::Wrong(format!("It wrote a line of more than {} KiB.", LINE_BYTES >> 10), Vec::new()))
            }
            Ok(_) => parse(&bytes),
            Err(error) => Err(Broken::Wrong(format!("Its answer could not be read: {error}."), Vec::new())),
        }
    }

    /// It closed its output without an answer.
    async fn ended_early(&mut self) -> Broken {
        let status = tokio::time::timeout(END_PATIENCE, self.program.wait()).await;
        let log = match tokio::time::timeout(END_PATIENCE, &mut self.errors).await {
            Ok(Ok(log)) => log,
            _ => Vec::new(),
        };
        let how = match status {
            Ok(Ok(status)) => format!("It ended ({status}) without an answer."),
            _ => "It closed its output without an answer.".to_owned(),
        };
        Broken::Wrong(how, log)
    }

    /// Lets it end after its answer, and ends it if it does not; servers are in sessions of their own by then.
    pub(super) async fn end(mut self) {
        drop(self.input);
        if tokio::time::timeout(END_PATIENCE, self.program.wait()).await.is_err() {
            self.program.kill();
            let _ = self.program.wait().await;
        }
    }
}

// === impl Line ===

impl Line {
    /// The answer, if this line is the last one.
    pub(super) fn into_result(self) -> Result<Option<serde_json::Value>, Broken> {
        let is_last = self.result.is_some() || self.error.is_some();
        if is_last && self.labdeck != Some(VERSION) {
            let said = self.labdeck.map_or("none".to_owned(), |version| version.to_string());
            let words = format!("Its answer speaks version {said} of the contract, and this hub speaks {VERSION}.");
            return Err(Broken::Wrong(words, Vec::new()));
        }
        match self.error {
            Some(complaint) => Err(Broken::Said(complaint)),
            None => Ok(self.result),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Line, Broken> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Line::default());
    }
    serde_json::from_slice(bytes).map_err(|_| {
        let shown: String = String::from_utf8_lossy(bytes).trim().chars().take(120).collect();
        Broken::Wrong(format!("It wrote a line that is no message: {shown:?}."), Vec::new())
    })
}

/// The last lines of a stream, however much it says.
async fn last_lines(stream: impl AsyncRead + Unpin) -> Vec<String> {
    let mut reader = BufReader::new(stream);
    let mut kept = VecDeque::new();
    loop {
        let mut bytes = Vec::new();
        match (&mut reader).take(1 << 16).read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return lines(kept.into(), KEPT_LINES),
            Ok(_) => kept.push_back(String::from_utf8_lossy(&bytes).trim_end().to_owned()),
        }
        if kept.len() > KEPT_LINES {
            kept.pop_front();
        }
    }
}

// === impl Broken ===

impl Broken {
    /// Whether the program does not know the verb.
    pub(super) fn is_unsupported(&self) -> bool {
        matches!(self, Self::Said(complaint) if complaint.kind == "unsupported")
    }

    /// As the driver's error. `secret` must not be shown, whoever wrote it.
    pub(super) fn into_error(self, program: &str, verb: &str, secret: Option<&str>) -> SpawnError {
        let hide = |text: String| match secret.filter(|secret| !secret.is_empty()) {
            Some(secret) => text.replace(secret, "…"),
            None => text,
        };
        let failure = |kind: &str, message: String, remedy: String, log: Vec<String>| {
            let (message, remedy) = (hide(message), hide(remedy));
            let log = lines(log, KEPT_LINES).into_iter().map(hide).collect();
            SpawnError::Environment(Failure { kind: kind.into(), message, remedy, log })
        };
        let contract = "Whoever wrote it finds the contract in docs/exec-spawner.md.".to_owned();
        match self {
            Self::Cancelled => SpawnError::Cancelled,
            Self::Said(Complaint { message, remedy, log, .. }) if !message.is_empty() => {
                failure("exec_failed", message, remedy, log)
            }
            Self::Said(Complaint { log, .. }) => {
                let words = format!("The program {program} could not {verb} the server and did not say why.");
                failure("exec_failed", words, contract, log)
            }
            Self::Wrong(words, log) => {
                let words =
                    format!("The program {program} was asked to {verb} a server and gave no good answer. {words}");
                failure("exec_protocol", words, contract, log)
            }
            Self::Missing(error) => failure(
                "exec_missing",
                format!("The program {program}, which starts servers here, could not be run: {error}."),
                "Correct cmd in [exec_spawner], or install the program.".into(),
                Vec::new(),
            ),
            Self::Late(limit) => failure(
                "exec_timeout",
                format!("The program {program} did not {verb} the server within {} s.", limit.as_secs_f64()),
                "Look why it hangs, or raise call_timeout in [exec_spawner].".into(),
                Vec::new(),
            ),
        }
    }
}
