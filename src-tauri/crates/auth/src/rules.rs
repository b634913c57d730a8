//! [`Rules`]: who may come in and who is an admin, whatever the authenticator. Pure. Reference: JupyterHub 6.1,
//! "Authenticators", options `allow_all`, `allowed_users`, `allow_existing_users`, `blocked_users`, `admin_users`.

use std::collections::BTreeSet;
use std::fmt;

use labdeck_model::UserName;

/// The lists and switches of the table `[authenticator]`. Nobody is let in unless something says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Everybody whom the authenticator accepts.
    pub allow_all: bool,
    /// Everybody who has an account already.
    pub allow_existing_users: bool,
    /// These.
    pub allowed_users: BTreeSet<UserName>,
    /// Never these; wins over everything.
    pub blocked_users: BTreeSet<UserName>,
    /// These, as admins.
    pub admin_users: BTreeSet<UserName>,
}

/// Whether the hub knows the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// There is a row.
    Existing,
    /// There is none yet.
    New,
}

/// What the rules say of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let in.
    Admitted(Admission),
    /// Turned away.
    Refused(Refusal),
}

/// The rule that let a user in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// `allow_all`.
    All,
    /// `allowed_users`.
    Listed,
    /// `admin_users`: an admin may always come in, and is made one at each sign-in.
    Admin,
    /// `allow_existing_users`.
    Existing,
}

/// The rule that turned a user away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `blocked_users`.
    Blocked,
    /// No rule lets this user in.
    NotAllowed,
}

// === impl Rules ===

impl Rules {
    /// Decides about a user whom the authenticator accepted.
    pub fn decide(&self, user: &UserName, account: Account) -> Decision {
        if self.blocked_users.contains(user) {
            return Decision::Refused(Refusal::Blocked);
        }
        if self.admin_users.contains(user) {
            return Decision::Admitted(Admission::Admin);
        }
        if self.allowed_users.contains(user) {
            return Decision::Admitted(Admission::Listed);
        }
        if self.allow_all {
            return Decision::Admitted(Admission::All);
        }
        if self.allow_existing_users && account == Account::Existing {
            return Decision::Admitted(Admission::Existing);
        }
        Decision::Refused(Refusal::NotAllowed)
    }

    /// Whether the lists make this user an admin. They only grant: a user who is an admin already stays one.
    pub fn makes_admin(&self, user: &UserName) -> bool {
        self.admin_users.contains(user) && !self.blocked_users.contains(user)
    }

    /// Whether no user at all could come in; worth a warning at start.
    pub fn admit_nobody(&self) -> bool {
        !self.allow_all
            && !self.allow_existing_users
            && self.allowed_users.union(&self.admin_users).all(|user| self.blocked_users.contains(user))
    }
}

// === impl Decision ===

impl Decision {
    /// Whether the user may come in.
    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Admitted(_))
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admitted(Admission::All) => "let in by allow_all",
            Self::Admitted(Admission::Listed) => "let in by allowed_users",
            Self::Admitted(Admission::Admin) => "let in by admin_users",
            Self::Admitted(Admission::Existing) => "let in by allow_existing_users",
            Self::Refused(Refusal::Blocked) => "refused by blocked_users",
            Self::Refused(Refusal::NotAllowed) => {
                "refused: no rule lets this user in; add the user, or set allowed_users, allow_existing_users or allow_all"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> BTreeSet<UserName> {
        texts.iter().map(|text| UserName::parse(text).unwrap()).collect()
    }

    #[test]
    fn nobody_comes_in_unless_a_rule_says_so() {
        let ada = UserName::parse("ada").unwrap();
        let refused = Decision::Refused(Refusal::NotAllowed);
        let existing = Rules { allow_existing_users: true, ..Rules::default() };
        assert_eq!(Rules::default().decide(&ada, Account::Existing), refused);
        assert_eq!(existing.decide(&ada, Account::New), refused);
        assert_eq!(existing.decide(&ada, Account::Existing), Decision::Admitted(Admission::Existing));
        assert!(Rules::default().admit_nobody() && !existing.admit_nobody());
    }

    #[test]
    fn the_decision_names_its_rule() {
        let rules = Rules {
            allowed_users: names(&["Ada"]),
            admin_users: names(&["boss"]),
            allow_all: true,
            ..Rules::default()
        };
        let of = |name: &str| rules.decide(&UserName::parse(name).unwrap(), Account::New).to_string();
        assert_eq!(of("ADA"), "let in by allowed_users", "names are compared in normal form");
        assert_eq!(of("boss"), "let in by admin_users");
        assert_eq!(of("eve"), "let in by allow_all");
    }

    #[test]
    fn blocked_wins_over_every_other_rule() {
        let everyone = names(&["eve"]);
        for (all, existing) in [(false, false), (true, true)] {
            let rules = Rules {
                allow_all: all,
                allow_existing_users: existing,
                allowed_users: everyone.clone(),
                admin_users: everyone.clone(),
                blocked_users: everyone.clone(),
            };
            let eve = UserName::parse("Eve").unwrap();
            assert_eq!(rules.decide(&eve, Account::Existing), Decision::Refused(Refusal::Blocked));
            assert!(!rules.makes_admin(&eve));
            assert_eq!(rules.admit_nobody(), !all);
        }
    }
}
