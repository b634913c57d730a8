//! [`Error`]: what a use-case answers when it cannot. Owns the *meaning* and the words for the person who asked;
//! `api::error` and `pages` turn meanings into HTTP, and log the chain of sources once, there.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use labdeck_model::NameError;
use labdeck_store::StoreError;

/// What kind of "no" it is. Exactly one HTTP status belongs to each (`api::error`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The thing does not exist, or the caller may not know that it does.
    NotFound,
    /// It contradicts what is already there.
    Conflict,
    /// The request makes no sense as sent.
    Invalid,
    /// The caller is known and may not.
    Forbidden,
    /// Nobody known is asking.
    Unauthenticated,
    /// It is there, and not to be changed in this way.
    Fixed,
    /// Too much at once; to be tried again after this long.
    Limited(Duration),
    /// Something that is needed is away for the moment.
    Unavailable,
    /// It took too long.
    Timeout,
    /// Our fault. The person reads a reference number, the log holds the rest.
    Internal,
}

/// A refusal or failure of a use-case.
pub struct Error {
    kind: Kind,
    public: Cow<'static, str>,
    free_port: Option<u16>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The hub's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

// === impl Error ===

impl Error {
    /// An error with words that the person who asked may read.
    pub fn new(kind: Kind, public: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, public: public.into(), free_port: None, source: None }
    }

    /// 404.
    pub fn not_found(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::NotFound, public)
    }

    /// 400.
    pub fn invalid(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, public)
    }

    /// 409.
    pub fn conflict(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, public)
    }

    /// 403.
    pub fn forbidden(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Forbidden, public)
    }

    /// Our own fault; the text goes to the log only.
    pub fn internal(context: impl fmt::Display) -> Self {
        Self { source: Some(context.to_string().into()), ..Self::new(Kind::Internal, "") }
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Names a port that could be had instead, for programs to offer.
    #[must_use]
    pub fn with_free_port(self, free_port: Option<u16>) -> Self {
        Self { free_port, ..self }
    }

    /// The port that could be had instead.
    pub fn free_port(&self) -> Option<u16> {
        self.free_port
    }

    /// What kind of "no" it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the person who asked may read; empty for [`Kind::Internal`].
    pub fn public(&self) -> &str {
        &self.public
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Internal => f.write_str("internal error"),
            _ => f.write_str(&self.public),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.public)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::new(
                Kind::Unavailable,
                "The disk that holds Labdeck's data is full, so nothing can be saved. Free some space and try again.",
            )
            .caused_by(error),
            other => Self { source: Some(Box::new(other)), ..Self::new(Kind::Internal, "") },
        }
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::invalid(error.to_string())
    }
}
