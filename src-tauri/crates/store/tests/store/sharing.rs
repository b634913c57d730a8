//! shares and share codes.

use std::time::Duration;

use labdeck_model::{Clock, GroupName, ServerKey};
use labdeck_store::tables::shares::{Recipient, SharedWith};
use labdeck_store::tables::{groups, share_codes, shares, spawners, users};
use labdeck_store::{StoreError, TokenHash};

use crate::fixture::{Fixture, scopes, server, user};

const ACCESS: &str = "access:servers!server=ada/";

#[tokio::test]
async fn a_share_reaches_a_user_directly_and_through_a_group() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let (first, second) = (f.server(ada, "").await, f.server(ada, "gpu").await);
    let lab = f.write(|tx| groups::create(tx, &GroupName::parse("lab").unwrap())).await.id;
    f.write(move |tx| groups::add_member(tx, lab, bob)).await;
    let direct =
        f.write(move |tx| shares::set(tx, first, Recipient::User(bob), &scopes(&[ACCESS]), None)).await.unwrap();
    let group =
        f.write(move |tx| shares::set(tx, second, Recipient::Group(lab), &scopes(&[ACCESS]), None)).await.unwrap();
    assert_eq!(direct.server, ServerKey::new(user("ada"), server("")));
    assert_eq!(direct.with, SharedWith::User(bob, user("bob")));
    assert_eq!(group.with, SharedWith::Group(lab, GroupName::parse("lab").unwrap()));
    let both = [direct.clone(), group.clone()];
    assert_eq!(f.read(move |r| shares::list_with_user(r, bob)).await, both);
    assert_eq!(f.read(move |r| shares::list_by_owner(r, ada)).await, both);
    assert_eq!(f.read(move |r| shares::list_with_group(r, lab)).await, [group]);
    assert_eq!(f.read(move |r| shares::list_for_server(r, first)).await, [direct]);
    f.write(move |tx| groups::delete(tx, lab)).await;
    assert_eq!(f.read(move |r| shares::list_with_user(r, bob)).await.len(), 1);
    f.write(move |tx| users::delete(tx, ada)).await;
    assert!(f.read(move |r| shares::list_with_user(r, bob)).await.is_empty());
}

#[tokio::test]
async fn one_server_has_one_share_per_recipient_and_none_without_scopes() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let id = f.server(ada, "").await;
    let with = Recipient::User(bob);
    for given in [&[ACCESS][..], &[ACCESS, "read:servers!server=ada/"]] {
        f.write(move |tx| shares::set(tx, id, with, &scopes(given), None)).await;
        let rows = f.read(move |r| shares::list_for_server(r, id)).await;
        assert_eq!(rows.iter().map(|row| row.scopes.clone()).collect::<Vec<_>>(), [scopes(given)]);
    }
    assert_eq!(f.write(move |tx| shares::set(tx, id, with, &[], None)).await, None);
    assert_eq!(f.read(move |r| shares::find(r, id, with)).await, None);
    assert!(!f.write(move |tx| shares::delete(tx, id, with)).await);
    f.write(move |tx| shares::set(tx, id, with, &scopes(&[ACCESS]), None)).await;
    assert_eq!(f.write(move |tx| shares::delete_for_server(tx, id)).await, 1);
    let gone = f.write(move |tx| spawners::delete(tx, id)).await;
    assert!(gone);
    let none = f.store.write(move |tx| shares::set(tx, id, with, &scopes(&[ACCESS]), None)).await;
    assert!(matches!(none, Err(StoreError::NotFound("server"))));
}

#[tokio::test]
async fn an_ended_share_gives_nothing() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let id = f.server(ada, "").await;
    let end = Some(f.clock.now().after(Duration::from_secs(1)));
    f.write(move |tx| shares::set(tx, id, Recipient::User(bob), &scopes(&[ACCESS]), end)).await;
    f.clock.advance(Duration::from_secs(1));
    assert!(f.read(move |r| shares::list_with_user(r, bob)).await.is_empty());
    assert_eq!(f.write(shares::purge_expired).await, 1);
}

#[tokio::test]
async fn a_share_code_is_found_by_its_text_counts_and_ends() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "").await;
    let end = Some(f.clock.now().after(Duration::from_secs(60)));
    let made = f
        .write(move |tx| share_codes::create(tx, id, &TokenHash::of("the-code-of-ada"), &scopes(&[ACCESS]), end))
        .await;
    let found = f.read(|r| share_codes::find_by_code(r, "the-code-of-ada")).await;
    assert_eq!(found, Some(made.clone()));
    assert!(f.read(|r| share_codes::find_by_code(r, "the-code-of-bob")).await.is_none());
    f.write(move |tx| share_codes::mark_exchanged(tx, made.id)).await;
    let used = f.read(move |r| share_codes::find_by_id(r, made.id)).await.unwrap();
    assert_eq!((used.exchange_count, used.last_exchanged_at), (1, Some(f.clock.now())));
    assert_eq!(f.read(move |r| share_codes::list_for_server(r, id)).await, std::slice::from_ref(&used));
    assert_eq!(f.read(move |r| share_codes::list_by_owner(r, ada)).await, [used]);
    f.clock.advance(Duration::from_secs(60));
    assert!(f.read(|r| share_codes::find_by_code(r, "the-code-of-ada")).await.is_none());
    assert_eq!(f.write(share_codes::purge_expired).await, 1);
    let other = f.write(move |tx| share_codes::create(tx, id, &TokenHash::of("another-code"), &[], None)).await;
    assert!(f.write(move |tx| share_codes::delete(tx, other.id)).await);
    f.write(move |tx| share_codes::create(tx, id, &TokenHash::of("a-third-code"), &[], None)).await;
    assert_eq!(f.write(move |tx| share_codes::delete_for_server(tx, id)).await, 1);
}

#[tokio::test]
async fn what_is_narrowed_to_a_name_follows_it_and_not_its_next_bearer() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let (gpu, big) = (f.server(ada, "gpu").await, f.server(ada, "gpu-2").await);
    let given = ["access:servers!server=ada/gpu", "read:users:name!user=ada", "servers!server=ada/gpu-2"];
    f.write(move |tx| shares::set(tx, gpu, Recipient::User(bob), &scopes(&given), None)).await;
    let seen = async || {
        let rows = f.read(move |r| shares::list_with_user(r, bob)).await;
        rows.into_iter().flat_map(|row| row.scopes).collect::<Vec<_>>()
    };
    f.write(move |tx| spawners::rename(tx, gpu, &server("cpu"))).await;
    assert_eq!(seen().await, ["access:servers!server=ada/cpu", given[1], given[2]]);
    f.write(move |tx| users::rename(tx, ada, &user("ada2"))).await;
    assert_eq!(
        seen().await,
        ["access:servers!server=ada2/cpu", "read:users:name!user=ada2", "servers!server=ada2/gpu-2"]
    );
    f.write(move |tx| spawners::rename(tx, big, &server("gpu"))).await;
    assert_eq!(seen().await[0], "access:servers!server=ada2/cpu");
}
