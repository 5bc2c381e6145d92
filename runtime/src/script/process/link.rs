//! [`Link`]: one script process as the world sees it, and the thread that talks to it.
//!
//! The thread does all the reading and writing, so that a process that does neither costs the tick
//! nothing. Killing is done by whoever finds it necessary; the thread notices and says how it ended.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bowline_model::Digest;

use super::child::{BROKEN_PIPE, NO_JAIL};
use super::deadline::{Kill, memory_extra};
use super::frame::{self, Frame, Kind};
use super::message::{Setup, Sign, pack, unpack};
use super::meter::{self, Used};
use crate::script::Limits;
use crate::script::budget::wall;
use crate::script::pool::{Ending, News, Tell};

/// A batch on its way, and the world it may ask about.
pub(in crate::script) trait Letter: Send {
    /// What the process is sent.
    fn body(&self) -> Vec<u8>;

    /// Of the definitions the world has.
    fn definitions(&self) -> Digest;

    /// The definitions, if they are not those every process knows.
    fn records(&self) -> Vec<u8>;

    /// An answer to what a script asks; `None` if that is no question.
    fn answer(&self, question: &[u8]) -> Option<Vec<u8>>;
}

/// What the thread has heard of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heard {
    /// When the process had it: starting one is not the script's time.
    pub(super) begun: Option<Instant>,
    pub(super) sign: Option<Sign>,
}

impl Heard {
    /// Who begins is told without saying what all cost so far.
    fn hear(&mut self, sign: Sign) {
        let before = self.sign.map_or(0, |it| it.batch);
        self.sign = Some(Sign { batch: sign.batch.max(before), ..sign });
    }
}

/// What to start: this program again, with these arguments.
pub(super) type Arguments = &'static [&'static str];

pub(super) struct Link {
    letters: Sender<Box<dyn Letter>>,
    control: Arc<Control>,
}

impl Link {
    /// A thread that starts the process when there is the first batch for it.
    pub(super) fn start(
        app: &str,
        (limits, engine): (Limits, Vec<u8>),
        (arguments, run): (Arguments, Kind),
        tell: Tell<Vec<u8>>,
    ) -> io::Result<Link> {
        let (letters, inbox) = channel();
        let control = Arc::new(Control::default());
        let setup = Setup { memory: memory_extra(&limits), engine };
        let talk = Talk { arguments, setup, control: Arc::clone(&control), told: None, line: None, run };
        let name = format!("process {}", app.replace('\0', ""));
        thread::Builder::new().name(name).spawn(move || talk.serve(&inbox, &tell))?;
        Ok(Link { letters, control })
    }

    /// False if its thread is gone.
    pub(super) fn send(&self, letter: Box<dyn Letter>) -> bool {
        self.control.state().heard = Heard::default();
        self.letters.send(letter).is_ok()
    }

    pub(super) fn kill(&self, why: Kill) {
        self.control.kill(Some(why));
    }

    /// Of the batch that it was sent last.
    pub(super) fn heard(&self) -> Heard {
        self.control.state().heard
    }

    pub(super) fn used(&self) -> Used {
        self.control.id().map(meter::look).unwrap_or_default()
    }

    /// The number of the process, if there is one.
    #[cfg(test)]
    pub(super) fn id(&self) -> Option<u32> {
        self.control.id()
    }
}

impl Drop for Link {
    /// Nobody waits for it any more, whatever it is in.
    fn drop(&mut self) {
        self.control.kill(None);
    }
}

/// The process itself, for whoever has to kill it.
#[derive(Default)]
struct Control {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    child: Option<Child>,
    why: Option<Kill>,
    heard: Heard,
    /// No other is started.
    over: bool,
}

impl Control {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> Option<u32> {
        self.state().child.as_ref().map(Child::id)
    }

    /// Kills it; without a reason because nobody needs it any more.
    fn kill(&self, why: Option<Kill>) {
        let mut state = self.state();
        state.over |= why.is_none();
        state.why = state.why.or(why);
        if let Some(child) = &mut state.child {
            // It may have ended a moment ago, which is as good.
            let _ended = child.kill().is_err();
        }
    }

    fn put(&self, mut child: Child) {
        let mut state = self.state();
        if state.over || state.why.is_some() {
            let _ended = child.kill().is_err();
        }
        state.child = Some(child);
    }

    /// Makes sure that it is gone, and says how it went.
    fn end(&self) -> (Option<ExitStatus>, Option<Kill>, String) {
        let mut state = self.state();
        let why = state.why;
        let Some(mut child) = state.child.take() else { return (None, why, String::new()) };
        drop(state);
        let _ended = child.kill().is_err();
        let mut words = Vec::new();
        if let Some(it) = child.stderr.take() {
            let _as_much_as_there_is = it.take(LAST_WORDS_BYTES).read_to_end(&mut words).is_ok();
        }
        (child.wait().ok(), why, String::from_utf8_lossy(&words).trim().to_owned())
    }
}

/// What of its standard error is kept.
const LAST_WORDS_BYTES: u64 = 2048;

/// The thread's own.
struct Talk {
    arguments: Arguments,
    setup: Setup,
    control: Arc<Control>,
    /// Which definitions the process has.
    told: Option<Digest>,
    line: Option<Line>,
    /// As what batches are sent.
    run: Kind,
}

impl Talk {
    fn serve(mut self, inbox: &Receiver<Box<dyn Letter>>, tell: &Tell<Vec<u8>>) {
        while let Ok(letter) = inbox.recv() {
            if self.line.is_none() {
                match self.open() {
                    Ok(line) => self.line = Some(line),
                    Err(why) => {
                        drop(letter);
                        let ending = self.ended(Some(why));
                        tell.say(News::Ended(ending));
                        return;
                    }
                }
            }
            let done = self.batch(&*letter);
            // With it goes the view: nobody else shall hold the columns when the world changes them.
            drop(letter);
            let Ok(reply) = done else {
                let ending = self.ended(None);
                tell.say(News::Ended(ending));
                return;
            };
            let cost = self.control.state().heard.sign.map_or(0, |it| it.batch);
            if !tell.say(News::Done { reply, cost: Duration::from_micros(cost) }) {
                break;
            }
        }
        self.line = None;
        self.control.end();
    }

    fn open(&self) -> Result<Line, String> {
        let (child, mut line) = Line::open(self.arguments).map_err(|it| it.to_string())?;
        self.control.put(child);
        frame::write(&mut line.write, Kind::Begin, &pack(&self.setup)).map_err(|it| it.to_string())?;
        match frame::read(&mut line.read) {
            Ok(Some(Frame { kind: Kind::Ready, .. })) => Ok(line),
            Ok(_) => Err("it ended before it was ready".to_owned()),
            Err(it) => Err(it.to_string()),
        }
    }

    /// One batch, until its reply.
    fn batch(&mut self, letter: &dyn Letter) -> io::Result<Vec<u8>> {
        let Some(line) = &mut self.line else { return Err(io::ErrorKind::NotConnected.into()) };
        let definitions = letter.definitions();
        if self.told != Some(definitions) {
            frame::write(&mut line.write, Kind::Define, &letter.records())?;
            self.told = Some(definitions);
        }
        frame::write(&mut line.write, self.run, &letter.body())?;
        self.control.state().heard.begun = Some(wall());
        loop {
            let Some(frame) = frame::read(&mut line.read)? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            match frame.kind {
                Kind::Reply => return Ok(frame.body),
                Kind::Sign => {
                    unpack(&frame.body).into_iter().for_each(|it| self.control.state().heard.hear(it));
                }
                Kind::Ask => {
                    let answer = letter.answer(&frame.body).ok_or(io::ErrorKind::InvalidData)?;
                    frame::write(&mut line.write, Kind::Answer, &answer)?;
                }
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }

    /// How it ended; `before` is why it never began.
    fn ended(&mut self, before: Option<String>) -> Ending {
        // The pipe first: who waits for a word of ours learns that none comes.
        self.line = None;
        let (status, why, words) = self.control.end();
        ending(status, why, &words, before)
    }
}

fn ending(status: Option<ExitStatus>, why: Option<Kill>, words: &str, before: Option<String>) -> Ending {
    match why {
        Some(Kill::Time) => return Ending::Time,
        Some(Kill::Memory) => return Ending::Memory,
        None => (),
    }
    if words.contains("memory allocation of") {
        return Ending::Memory;
    }
    let how = match status {
        Some(it) if it.code() == Some(NO_JAIL) => "it could not be locked in".to_owned(),
        Some(it) if it.code() == Some(BROKEN_PIPE) => "it lost its pipe".to_owned(),
        Some(it) => it.to_string(),
        None => String::new(),
    };
    let parts = [
        before.clone().unwrap_or_default(),
        how,
        words.lines().filter(|it| !it.is_empty()).take(2).collect::<Vec<_>>().join(" "),
    ];
    let said: Vec<String> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    match before {
        Some(_) => Ending::NotStarted(said.join(": ")),
        None => Ending::Failed(said.join(": ")),
    }
}

/// Our end of the pipe.
struct Line {
    read: Box<dyn Read + Send>,
    write: Box<dyn io::Write + Send>,
}

impl Line {
    #[cfg(unix)]
    fn open(arguments: Arguments) -> io::Result<(Child, Line)> {
        use std::os::fd::OwnedFd;
        use std::os::unix::net::UnixStream;

        let (ours, theirs) = UnixStream::pair()?;
        let mut command = command(arguments)?;
        command.current_dir("/").stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        let child = command.spawn()?;
        // The command holds their end: the pipe shall break when the process ends.
        drop(command);
        let read = ours.try_clone()?;
        Ok((child, Line { read: Box::new(read), write: Box::new(ours) }))
    }

    #[cfg(not(unix))]
    fn open(arguments: Arguments) -> io::Result<(Child, Line)> {
        let mut command = command(arguments)?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (write, read) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((child, Line { read: Box::new(read), write: Box::new(write) }))
    }
}

/// This program, with nothing of what it knows.
fn command(arguments: Arguments) -> io::Result<Command> {
    // Not by its path on Linux: there may be another program by now.
    #[cfg(target_os = "linux")]
    let mut command = Command::new("/proc/self/exe");
    #[cfg(not(target_os = "linux"))]
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).env_clear().stderr(Stdio::piped());
    // Windows starts no program without knowing where Windows is.
    #[cfg(windows)]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    Ok(command)
}
