//! Forms that browsers post: reading their fields, and the check that they come from our own pages.
//! A handler that takes [`PostedForm`] runs only after that check.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use http::header;

use super::caller::{AnyCaller, PageCaller};
use super::claim;
use crate::api::foreign_origin;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::session::XSRF;

/// Our largest form holds two passwords.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// A form that one of our pages sent.
#[derive(Debug)]
pub(super) struct PostedForm {
    /// The request.
    pub page: PageCaller,
    /// What was filled in.
    pub fields: Fields,
}

/// A form that anybody may have sent: the handler checks it, because it has a page of its own for those that fail.
/// Also on a hub that is unclaimed.
#[derive(Debug)]
pub(super) struct UncheckedForm {
    /// The request.
    pub page: PageCaller,
    /// What was filled in.
    pub fields: Fields,
}

/// The fields of a form, in order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl FromRequest<Context> for UncheckedForm {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &Context) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let AnyCaller(page) = AnyCaller::from_request_parts(&mut parts, ctx).await?;
        let read = axum::body::to_bytes(body, MAX_FORM_BYTES).await;
        let bytes = read.map_err(|_| page.fail(&Error::invalid("The form is too large or ended early.")))?;
        match Fields::read(page.header(header::CONTENT_TYPE.as_str()), &bytes) {
            Ok(fields) => Ok(Self { page, fields }),
            Err(error) => Err(page.fail(&error)),
        }
    }
}

impl FromRequest<Context> for PostedForm {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &Context) -> Result<Self, Response> {
        let UncheckedForm { page, fields } = UncheckedForm::from_request(request, ctx).await?;
        if let Some(refused) = claim::refuse_unclaimed(&page) {
            return Err(refused);
        }
        match page.check_form(&fields) {
            Ok(()) => Ok(Self { page, fields }),
            Err(error) => Err(page.fail(&error)),
        }
    }
}

// === impl PageCaller ===

impl PageCaller {
    /// Whether a form comes from a page of ours that this browser was shown in this session.
    ///
    /// # Errors
    /// 403.
    pub(super) fn check_form(&self, fields: &Fields) -> Result<()> {
        foreign_origin(&self.headers, Some(&self.peer))?;
        let from_header =
            || ["x-xsrftoken", "x-csrftoken"].iter().find_map(|name| self.header(name)).map(str::to_owned);
        let submitted = fields.find(XSRF).map(str::to_owned).or_else(|| self.query(XSRF)).or_else(from_header);
        let now = self.ctx.clock.now();
        let checked = self.ctx.keys.check_xsrf(&self.xsrf_id(), submitted.as_deref(), self.cookies.all(XSRF), now);
        checked.map_err(|error| {
            if self.prefers_json() {
                return Error::forbidden(error.to_string());
            }
            Error::forbidden(format!(
                "This form is too old, or it did not come from a page of this hub. Load the page again and repeat what you did. ({error})"
            ))
        })
    }
}

// === impl Fields ===

impl Fields {
    /// An empty body is an empty form, whatever it is called.
    fn read(kind: Option<&str>, body: &[u8]) -> Result<Self> {
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
        if !body.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Error::invalid("Send this form as application/x-www-form-urlencoded."));
        }
        Ok(Self(url::form_urlencoded::parse(body).into_owned().collect()))
    }

    /// Of a form as it is sent.
    #[cfg(test)]
    pub(super) fn of_text(body: &str) -> Self {
        Self(url::form_urlencoded::parse(body.as_bytes()).into_owned().collect())
    }

    /// The first value of a field.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a field; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a password that was typed twice (where no script runs) is the same both times.
    pub(super) fn passwords_agree(&self) -> bool {
        self.find("password_again").is_none_or(|again| again == self.text("password"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_forms_only() {
        let kind = Some("application/x-www-form-urlencoded; charset=utf-8");
        let fields = Fields::read(kind, b"stack=r&scopes=a&scopes=b%20c&password=x+y").unwrap();
        assert_eq!((fields.text("stack"), fields.text("password"), fields.text("none")), ("r", "x y", ""));
        assert_eq!(fields.all("scopes").collect::<Vec<_>>(), ["a", "b c"]);
        assert!(fields.passwords_agree());
        assert!(Fields::read(Some("application/json"), b"{}").is_err());
        assert!(Fields::read(None, b"a=b").is_err());
        assert!(Fields::read(None, b"").unwrap().find("a").is_none());
    }

    #[test]
    fn a_password_typed_twice_must_be_one() {
        let kind = Some("application/x-www-form-urlencoded");
        assert!(!Fields::read(kind, b"password=a&password_again=b").unwrap().passwords_agree());
        assert!(Fields::read(kind, b"password=a&password_again=a").unwrap().passwords_agree());
    }
}
