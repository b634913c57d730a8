//! tokens, sessions, OAuth clients and codes, invitations, tickets: what opens doors, and how it stops doing so.

use std::time::Duration;

use labdeck_model::{Clock, ServiceName, UserId};
use labdeck_store::tables::invitations::InvitationKind;
use labdeck_store::tables::oauth_clients::NewClient;
use labdeck_store::tables::oauth_codes::{CodeChallenge, CodeRow};
use labdeck_store::tables::sessions::{NewSession, Rights, SessionRow};
use labdeck_store::tables::tickets::Shown;
use labdeck_store::tables::tokens::{NewToken, TokenOwner, TokenRow};
use labdeck_store::tables::{
    invitations, oauth_clients, oauth_codes, services, sessions, spawners, tickets, tokens, users,
};
use labdeck_store::{SecretHash, StoreError, TokenHash, generate_secret, generate_token};

use crate::fixture::{Fixture, scopes};

const MINUTE: Duration = Duration::from_secs(60);

async fn add_token(f: &Fixture, change: impl FnOnce(&mut NewToken), owner: TokenOwner) -> (String, TokenRow) {
    let token = generate_token().expose().clone();
    let mut new = NewToken::new(owner, TokenHash::of(&token));
    change(&mut new);
    let row = f.write(move |tx| tokens::create(tx, &new)).await;
    (token, row)
}

async fn found(f: &Fixture, token: &str) -> Option<TokenRow> {
    let token = token.to_owned();
    f.read(move |r| tokens::find_by_token(r, &token)).await
}

async fn add_client(f: &Fixture, identifier: &'static str) {
    let new = NewClient {
        identifier: identifier.to_owned(),
        description: "Ada's server".to_owned(),
        secret: Some(TokenHash::of("the-secret")),
        redirect_uri: "/user/ada/oauth_callback".to_owned(),
        allowed_scopes: scopes(&["identify"]),
    };
    f.write(move |tx| oauth_clients::upsert(tx, &new)).await;
}

#[tokio::test]
async fn a_token_is_found_by_its_text_alone() {
    let f = Fixture::new();
    let ada = TokenOwner::User(f.user("ada").await);
    add_client(&f, "c").await;
    let end = f.clock.now().after(MINUTE);
    let (token, row) = add_token(
        &f,
        |new| {
            new.note = "for scripts".to_owned();
            new.scopes = scopes(&["self"]);
            new.client_id = Some("c".to_owned());
            new.session_id = Some("s".to_owned());
            new.expires_at = Some(end);
        },
        ada,
    )
    .await;
    assert_eq!(found(&f, &token).await, Some(row.clone()));
    assert_eq!((row.owner, row.note.as_str(), row.scopes), (ada, "for scripts", scopes(&["self"])));
    let similar = format!("{}{}", &token[..4], "0".repeat(28));
    for wrong in ["", "abc", &token[..31], &similar, &"x".repeat(10_000)] {
        assert_eq!(found(&f, wrong).await, None, "{wrong}");
    }
}

#[tokio::test]
async fn an_ended_token_opens_nothing_and_is_purged() {
    let f = Fixture::new();
    let ada = TokenOwner::User(f.user("ada").await);
    let end = f.clock.now().after(MINUTE);
    let (token, row) = add_token(&f, |new| new.expires_at = Some(end), ada).await;
    let (lasting, _) = add_token(&f, |_| (), ada).await;
    assert!(found(&f, &token).await.is_some());
    f.clock.advance(MINUTE);
    assert!(found(&f, &token).await.is_none());
    assert_eq!(f.read(move |r| tokens::list_by_owner(r, ada)).await.len(), 1);
    assert!(f.read(move |r| tokens::find_by_id(r, row.id)).await.is_some());
    assert_eq!(f.write(tokens::purge_expired).await, 1);
    assert!(f.read(move |r| tokens::find_by_id(r, row.id)).await.is_none());
    assert!(found(&f, &lasting).await.is_some());
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one_and_by_what_they_came_from() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let server = f.server(ada, "").await;
    add_client(&f, "c").await;
    let of = |user: UserId| TokenOwner::User(user);
    let (single, row) = add_token(&f, |_| (), of(ada)).await;
    let (client, _) = add_token(&f, |new| new.client_id = Some("c".to_owned()), of(ada)).await;
    let (bobs, _) = add_token(&f, |new| new.client_id = Some("c".to_owned()), of(bob)).await;
    let (session, _) = add_token(&f, |new| new.session_id = Some("s".to_owned()), of(ada)).await;
    let (servers, _) = add_token(&f, |new| new.spawner_id = Some(server), of(ada)).await;
    assert!(f.write(move |tx| tokens::delete(tx, row.id)).await);
    assert!(found(&f, &single).await.is_none());
    assert_eq!(f.write(move |tx| tokens::delete_by_client_and_user(tx, "c", ada)).await, 1);
    assert!(found(&f, &client).await.is_none() && found(&f, &bobs).await.is_some());
    assert_eq!(f.write(|tx| tokens::delete_by_session(tx, "s")).await, 1);
    assert!(found(&f, &session).await.is_none());
    assert_eq!(f.write(move |tx| tokens::delete_by_spawner(tx, server)).await, 1);
    assert!(found(&f, &servers).await.is_none());
    assert_eq!(f.write(|tx| tokens::delete_by_client(tx, "c")).await, 1);
    add_token(&f, |_| (), of(bob)).await;
    assert_eq!(f.write(move |tx| tokens::delete_by_owner(tx, of(bob))).await, 1);
}

#[tokio::test]
async fn tokens_go_with_their_user_service_server_and_client() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let server = f.server(ada, "").await;
    let name = ServiceName::parse("bot").unwrap();
    let bot = f.write(move |tx| services::upsert(tx, &name, &services::ServiceFacts::default())).await.id;
    add_client(&f, "c").await;
    let (of_server, _) = add_token(&f, |new| new.spawner_id = Some(server), TokenOwner::User(ada)).await;
    let (of_client, _) = add_token(&f, |new| new.client_id = Some("c".to_owned()), TokenOwner::User(ada)).await;
    let (of_service, row) = add_token(&f, |_| (), TokenOwner::Service(bot)).await;
    let (of_user, _) = add_token(&f, |_| (), TokenOwner::User(ada)).await;
    assert_eq!(f.read(move |r| tokens::list_by_owner(r, TokenOwner::Service(bot))).await, [row]);
    assert!(f.write(move |tx| spawners::delete(tx, server)).await);
    assert!(found(&f, &of_server).await.is_none());
    assert!(f.write(|tx| oauth_clients::delete(tx, "c")).await);
    assert!(found(&f, &of_client).await.is_none());
    assert!(f.write(move |tx| services::delete(tx, bot)).await);
    assert!(found(&f, &of_service).await.is_none());
    assert!(f.write(move |tx| users::delete(tx, ada)).await);
    assert!(found(&f, &of_user).await.is_none());
}

#[tokio::test]
async fn a_token_s_use_is_noted_forward_only() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let (_, row) = add_token(&f, |_| (), TokenOwner::User(ada)).await;
    let (now, later) = (f.clock.now(), f.clock.now().after(MINUTE));
    for at in [later, now] {
        f.write(move |tx| tokens::touch_activity(tx, row.id, at)).await;
    }
    assert_eq!(f.read(move |r| tokens::find_by_id(r, row.id)).await.unwrap().last_activity, Some(later));
}

async fn sign_in(f: &Fixture, user: UserId) -> (SecretHash, SessionRow) {
    let hash = SecretHash::of(generate_secret().expose());
    let new = NewSession {
        hash: hash.clone(),
        oauth_session_id: generate_token().expose().clone(),
        user_id: user,
        expires_at: f.clock.now().after(MINUTE),
        absolute_expires_at: f.clock.now().after(10 * MINUTE),
        rights: Rights::Page { path: "/user/ada/".to_owned() },
        peer: "192.168.1.7".to_owned(),
        user_agent: "Firefox".to_owned(),
        made_by_ticket: true,
    };
    let row = f.write(move |tx| sessions::create(tx, &new)).await;
    (hash, row)
}

async fn session(f: &Fixture, hash: &SecretHash) -> Option<SessionRow> {
    let hash = hash.clone();
    f.read(move |r| sessions::find_by_hash(r, &hash)).await
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_but_not_for_ever() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let (hash, row) = sign_in(&f, ada).await;
    assert_eq!(session(&f, &hash).await, Some(row.clone()));
    let by_oauth = row.oauth_session_id.clone();
    assert_eq!(f.read(move |r| sessions::find_by_oauth_session_id(r, &by_oauth)).await, Some(row.clone()));
    for _ in 0..12 {
        f.clock.advance(MINUTE - Duration::from_secs(1));
        let end = f.clock.now().after(MINUTE);
        f.write(move |tx| sessions::touch(tx, row.id, end)).await;
    }
    assert_eq!(session(&f, &hash).await, None, "past its absolute end");
    assert_eq!(f.write(sessions::purge_expired).await, 1);
    let (unused, _) = sign_in(&f, ada).await;
    f.clock.advance(MINUTE);
    assert_eq!(session(&f, &unused).await, None, "unused");
}

#[tokio::test]
async fn a_clock_set_back_ends_no_session() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let (hash, row) = sign_in(&f, ada).await;
    f.clock.set(f.clock.now().before(Duration::from_secs(86_400 * 3650)));
    let end = f.clock.now().after(MINUTE);
    f.write(move |tx| sessions::touch(tx, row.id, end)).await;
    assert_eq!(session(&f, &hash).await, Some(row));
}

#[tokio::test]
async fn sessions_end_singly_and_together() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let (first, row) = sign_in(&f, ada).await;
    let (second, keep) = sign_in(&f, ada).await;
    assert_eq!(f.read(move |r| sessions::list_for_user(r, ada)).await.len(), 2);
    assert!(f.write(move |tx| sessions::delete(tx, row.id)).await);
    assert!(session(&f, &first).await.is_none() && session(&f, &second).await.is_some());
    sign_in(&f, ada).await;
    assert_eq!(f.write(move |tx| sessions::delete_others(tx, ada, keep.id)).await, 1);
    assert!(session(&f, &second).await.is_some());
    assert_eq!(f.write(move |tx| sessions::delete_for_user(tx, ada)).await, 1);
}

#[tokio::test]
async fn an_oauth_client_changes_in_place() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    add_client(&f, "c").await;
    let (token, _) = add_token(&f, |new| new.client_id = Some("c".to_owned()), TokenOwner::User(ada)).await;
    add_client(&f, "c").await;
    assert!(found(&f, &token).await.is_some());
    let client = f.read(|r| oauth_clients::find(r, "c")).await.unwrap();
    assert!(client.secret.unwrap().matches("the-secret"));
    assert_eq!(client.allowed_scopes, scopes(&["identify"]));
    assert_eq!(f.read(oauth_clients::list).await.len(), 1);
    assert!(f.read(|r| oauth_clients::find(r, "d")).await.is_none());
}

fn code(f: &Fixture, user: UserId) -> CodeRow {
    CodeRow {
        client_id: "c".to_owned(),
        user_id: user,
        redirect_uri: "/user/ada/oauth_callback".to_owned(),
        session_id: "s".to_owned(),
        scopes: scopes(&["identify"]),
        expires_at: f.clock.now().after(MINUTE),
        challenge: Some(CodeChallenge { value: "v".to_owned(), method: "S256".to_owned() }),
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_briefly() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    add_client(&f, "c").await;
    let promised = code(&f, ada);
    for (secret, wait) in [("one", Duration::ZERO), ("two", MINUTE)] {
        let (hash, row) = (SecretHash::of(secret), promised.clone());
        f.write(move |tx| oauth_codes::create(tx, &hash, &row)).await;
        f.clock.advance(wait);
        let taken = f.write(move |tx| oauth_codes::take(tx, &SecretHash::of(secret))).await;
        assert_eq!(taken, (wait == Duration::ZERO).then(|| promised.clone()), "{secret}");
        assert_eq!(f.write(move |tx| oauth_codes::take(tx, &SecretHash::of(secret))).await, None);
    }
    let row = code(&f, ada);
    f.write(move |tx| oauth_codes::create(tx, &SecretHash::of("three"), &row)).await;
    assert_eq!(f.write(|tx| oauth_codes::delete_by_session(tx, "s")).await, 1);
    let row = CodeRow { challenge: None, ..code(&f, ada) };
    f.write(move |tx| oauth_codes::create(tx, &SecretHash::of("four"), &row)).await;
    f.clock.advance(MINUTE);
    assert_eq!(f.write(oauth_codes::purge_expired).await, 1);
}

#[tokio::test]
async fn a_code_taken_in_an_undone_exchange_can_be_taken_again() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    add_client(&f, "c").await;
    let row = code(&f, ada);
    f.write(move |tx| oauth_codes::create(tx, &SecretHash::of("x"), &row)).await;
    let undone = f.store.write::<(), StoreError, _>(|tx| {
        oauth_codes::take(tx, &SecretHash::of("x"))?;
        Err(StoreError::Refused("no"))
    });
    undone.await.unwrap_err();
    assert!(f.write(|tx| oauth_codes::take(tx, &SecretHash::of("x"))).await.is_some());
}

#[tokio::test]
async fn an_invitation_is_used_once_and_ends() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let end = f.clock.now().after(MINUTE);
    let hash = || SecretHash::of("link");
    let row = f.write(move |tx| invitations::create(tx, &hash(), ada, InvitationKind::Invitation, end)).await;
    assert_eq!(f.read(move |r| invitations::find_valid(r, &hash())).await, Some(row.clone()));
    assert_eq!(f.read(move |r| invitations::list_valid_for_user(r, ada)).await, std::slice::from_ref(&row));
    assert!(f.write(move |tx| invitations::mark_used(tx, row.id)).await);
    assert!(!f.write(move |tx| invitations::mark_used(tx, row.id)).await);
    assert_eq!(f.read(move |r| invitations::find_valid(r, &hash())).await, None);
    let other =
        f.write(move |tx| invitations::create(tx, &SecretHash::of("b"), ada, InvitationKind::SignIn, end)).await;
    f.clock.advance(MINUTE);
    assert!(!f.write(move |tx| invitations::mark_used(tx, other.id)).await, "ended");
    assert_eq!(f.write(invitations::purge_expired).await, 2);
    let end = f.clock.now().after(MINUTE);
    f.write(move |tx| invitations::create(tx, &SecretHash::of("c"), ada, InvitationKind::SignIn, end)).await;
    assert_eq!(f.write(move |tx| invitations::delete_for_user(tx, ada)).await, 1);
}

#[tokio::test]
async fn a_ticket_shown_twice_names_the_session_it_made() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let (hash, end) = (|| SecretHash::of("ticket"), f.clock.now().after(MINUTE));
    let made = f.write(move |tx| tickets::create(tx, &hash(), ada, "/user/ada/", &Rights::Full, end)).await;
    assert_eq!(f.read(move |r| tickets::list_valid_for_user(r, ada)).await, std::slice::from_ref(&made));
    assert_eq!(f.write(move |tx| tickets::take(tx, &hash())).await, Shown::First(made.clone()));
    let (_, session) = sign_in(&f, ada).await;
    f.write(move |tx| tickets::set_session(tx, made.id, session.id)).await;
    f.clock.advance(2 * MINUTE);
    let again = f.write(move |tx| tickets::take(tx, &hash())).await;
    assert!(matches!(again, Shown::Again(row) if row.session_id == Some(session.id)));
    assert_eq!(f.write(|tx| tickets::take(tx, &SecretHash::of("other"))).await, Shown::Unknown);
    let now = f.clock.now();
    assert_eq!(f.write(move |tx| tickets::purge_expired(tx, now)).await, 1);
}

#[tokio::test]
async fn a_late_ticket_opens_nothing() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let end = f.clock.now().after(MINUTE);
    f.write(move |tx| tickets::create(tx, &SecretHash::of("t"), ada, "/", &Rights::Full, end)).await;
    f.clock.advance(MINUTE);
    assert_eq!(f.write(|tx| tickets::take(tx, &SecretHash::of("t"))).await, Shown::Unknown);
    assert_eq!(f.write(move |tx| tickets::delete_for_user(tx, ada)).await, 1);
}

#[tokio::test]
async fn no_secret_stands_readable_in_any_file() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    add_client(&f, "c").await;
    let (token, _) = add_token(&f, |_| (), TokenOwner::User(ada)).await;
    let secrets: Vec<String> = (0..4).map(|_| generate_secret().expose().clone()).collect();
    let hashes: Vec<SecretHash> = secrets.iter().map(|secret| SecretHash::of(secret)).collect();
    let (row, end) = (code(&f, ada), f.clock.now().after(MINUTE));
    f.write(move |tx| {
        oauth_codes::create(tx, &hashes[0], &row)?;
        invitations::create(tx, &hashes[1], ada, InvitationKind::SignIn, end)?;
        tickets::create(tx, &hashes[2], ada, "/", &Rights::Full, end)?;
        Ok(())
    })
    .await;
    for entry in std::fs::read_dir(f.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in secrets.iter().chain([&token, &"the-secret".to_owned()]) {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}
