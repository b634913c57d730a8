//! What a transaction promises: all or nothing, in order, whoever listens.

use std::sync::Arc;
use std::time::Duration;

use labdeck_model::Event;
use labdeck_store::tables::{settings, users};
use labdeck_store::{StoreError, Tx};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, user};

fn add(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let next = settings::find::<u64>(tx, "count")?.unwrap_or_default() + 1;
    settings::set(tx, "count", &next)?;
    Ok(next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writes_lose_nothing_and_events_come_in_commit_order() {
    let f = Fixture::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    f.store.set_publisher(Arc::new(move |events| sink.lock().extend(events)));
    let mut writes = JoinSet::new();
    for _ in 0..600 {
        let store = f.store.clone();
        writes.spawn(async move {
            store
                .write::<_, StoreError, _>(|tx| {
                    let n = add(tx)?;
                    tx.emit(Event::UserChanged { user: user(&format!("u{n}")) });
                    Ok(())
                })
                .await
        });
    }
    writes.join_all().await.into_iter().for_each(|done| done.unwrap());
    assert_eq!(f.read(|r| settings::find::<u64>(r, "count")).await, Some(600));
    let expected: Vec<Event> = (1..=600).map(|n| Event::UserChanged { user: user(&format!("u{n}")) }).collect();
    assert_eq!(*heard.lock(), expected);
}

#[tokio::test]
async fn one_caller_s_writes_happen_in_the_order_of_asking() {
    let f = Fixture::new();
    for expected in 1..=50 {
        assert_eq!(f.write(add).await, expected);
    }
}

#[tokio::test]
async fn events_of_an_undone_transaction_are_not_published() {
    let f = Fixture::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    f.store.set_publisher(Arc::new(move |events| sink.lock().extend(events)));
    let undone = f
        .store
        .write::<(), StoreError, _>(|tx| {
            users::create(tx, &user("ada"))?;
            tx.emit(Event::OverviewChanged);
            Err(StoreError::Refused("changed my mind"))
        })
        .await;
    assert!(matches!(undone, Err(StoreError::Refused(_))));
    assert!(heard.lock().is_empty());
    assert_eq!(f.read(|r| users::find_by_name(r, &user("ada"))).await, None);
}

#[tokio::test]
async fn an_event_is_heard_before_its_write_is_answered() {
    let f = Fixture::new();
    let heard = Arc::new(Mutex::new(0));
    let sink = Arc::clone(&heard);
    f.store.set_publisher(Arc::new(move |events| *sink.lock() += events.len()));
    f.write(|tx| {
        tx.emit(Event::OverviewChanged);
        tx.emit(Event::Resync);
        Ok(())
    })
    .await;
    assert_eq!(*heard.lock(), 2);
}

#[tokio::test]
async fn a_panic_undoes_the_transaction_and_the_writer_lives_on() {
    let f = Fixture::new();
    let panicked = f
        .store
        .write::<(), StoreError, _>(|tx| {
            users::create(tx, &user("ada"))?;
            panic!("lost the thread");
        })
        .await;
    assert!(matches!(panicked, Err(StoreError::Panicked(text)) if text == "lost the thread"));
    assert_eq!(f.read(|r| users::find_by_name(r, &user("ada"))).await, None);
    f.user("grace").await;
}

#[tokio::test]
async fn a_panic_while_reading_costs_no_connection() {
    let f = Fixture::new();
    for _ in 0..20 {
        let panicked = f.store.read::<(), StoreError, _>(|_| panic!("no")).await;
        assert!(matches!(panicked, Err(StoreError::Panicked(_))));
    }
    assert_eq!(f.read(|r| users::count(r, &users::UserQuery::default())).await, 0);
}

#[tokio::test]
async fn a_panicking_publisher_fails_no_write() {
    let f = Fixture::new();
    f.store.set_publisher(Arc::new(|_| panic!("deaf")));
    f.write(|tx| {
        tx.emit(Event::Resync);
        users::create(tx, &user("ada"))
    })
    .await;
    assert!(f.read(|r| users::find_by_name(r, &user("ada"))).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_caller_left_is_still_done() {
    let f = Fixture::new();
    let (began, begins) = oneshot::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let store = f.store.clone();
    let mut callers = JoinSet::new();
    callers.spawn(async move {
        store
            .write::<_, StoreError, _>(move |tx| {
                began.send(()).ok();
                gate.recv().ok();
                users::create(tx, &user("ada"))
            })
            .await
    });
    begins.await.unwrap();
    callers.shutdown().await;
    go.send(()).unwrap();
    f.user("grace").await;
    assert!(f.read(|r| users::find_by_name(r, &user("ada"))).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_sees_one_state_while_others_write() {
    let f = Fixture::new();
    let store = f.store.clone();
    let (seen, see) = oneshot::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let mut readings = JoinSet::new();
    readings.spawn(async move {
        store
            .read::<_, StoreError, _>(move |r| {
                let before = users::find_by_name(r, &user("ada"))?;
                seen.send(()).ok();
                gate.recv().ok();
                Ok((before, users::find_by_name(r, &user("ada"))?))
            })
            .await
    });
    see.await.unwrap();
    f.user("ada").await;
    go.send(()).unwrap();
    let (before, after) = readings.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!((before, after), (None, None));
}

#[tokio::test]
async fn a_reading_that_nobody_awaits_gives_its_connection_back() {
    let f = Fixture::new();
    for _ in 0..20 {
        let reading = f.store.read::<(), StoreError, _>(|_| Ok(()));
        // Polled once, then dropped: the blocking work goes on without its caller.
        let _ = tokio::time::timeout(Duration::ZERO, reading).await;
    }
    f.read(|_| Ok(())).await;
}

#[tokio::test]
async fn time_stands_still_within_a_transaction() {
    let f = Fixture::new();
    let clock = Arc::clone(&f.clock);
    let (before, after) = f
        .write(move |tx| {
            let before = tx.now();
            clock.advance(Duration::from_secs(60));
            Ok((before, tx.now()))
        })
        .await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_closed_store_says_so_and_keeps_what_was_queued() {
    let f = Fixture::new();
    let queued = f.store.write::<_, StoreError, _>(|tx| users::create(tx, &user("ada")));
    let (queued, ()) = tokio::join!(queued, f.store.close());
    queued.unwrap();
    let write = f.store.write::<(), StoreError, _>(|_| Ok(())).await;
    let read = f.store.read::<(), StoreError, _>(|_| Ok(())).await;
    assert!(matches!(write, Err(StoreError::Closed)) && matches!(read, Err(StoreError::Closed)));
    f.store.close().await;
    let f = f.reopen().await;
    assert!(f.read(|r| users::find_by_name(r, &user("ada"))).await.is_some());
}

#[tokio::test]
async fn a_write_that_must_survive_a_power_cut_is_answered_like_any_other() {
    let f = Fixture::new();
    f.write(|tx| {
        tx.require_sync();
        users::create(tx, &user("ada"))
    })
    .await;
}
