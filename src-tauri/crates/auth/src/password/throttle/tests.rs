//! The rules of the throttle, on a clock that the tests move.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::*;

#[derive(Debug, Default)]
struct Hand(Mutex<Duration>);

impl Hand {
    fn advance(&self, seconds: u64) {
        *self.0.lock() += Duration::from_secs(seconds);
    }
}

impl Ticker for Hand {
    fn elapsed(&self) -> Duration {
        *self.0.lock()
    }
}

fn throttle() -> (Arc<Hand>, Throttle) {
    let hand = Arc::new(Hand::default());
    (hand.clone(), Throttle::new(ThrottlePolicy::default(), hand))
}

fn peer(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(number))
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// Fails at once; the wait that was asked for instead, in seconds.
fn fail(throttle: &Throttle, peer: IpAddr, user: &str) -> Result<(), u64> {
    throttle.begin(peer, Some(&name(user))).map(drop).map_err(|wait| wait.as_secs())
}

#[test]
fn ten_failures_are_free_then_one_address_waits() {
    let (_, throttle) = throttle();
    for _ in 0..11 {
        assert_eq!(fail(&throttle, peer(1), "ada"), Ok(()));
    }
    assert_eq!(fail(&throttle, peer(1), "ada"), Err(5));
    assert_eq!(fail(&throttle, peer(1), "bob"), Err(5), "the address waits, whatever the name");
    assert_eq!(fail(&throttle, peer(2), "ada"), Ok(()), "the same name from elsewhere does not");
}

#[test]
fn delays_grow_and_have_an_end() {
    let (hand, throttle) = throttle();
    let mut waits = Vec::new();
    for _ in 0..30 {
        match fail(&throttle, peer(1), "ada") {
            Ok(()) => {}
            Err(wait) => {
                waits.push(wait);
                hand.advance(wait);
            }
        }
    }
    assert_eq!(waits[..4], [5, 10, 20, 40]);
    assert!(waits.iter().all(|wait| *wait <= 300));
    hand.advance(3600);
    for _ in 0..10 {
        assert_eq!(fail(&throttle, peer(1), "zoe"), Ok(()), "all is forgotten after an hour");
    }
}

#[test]
fn waiting_attempts_do_not_lengthen_the_wait() {
    let (hand, throttle) = throttle();
    while fail(&throttle, peer(1), "ada").is_ok() {}
    for _ in 0..100 {
        assert!(fail(&throttle, peer(1), "ada").is_err());
    }
    hand.advance(5);
    assert_eq!(fail(&throttle, peer(1), "ada"), Ok(()));
}

#[test]
fn one_failure_after_a_long_pause_does_not_block_again() {
    let (hand, throttle) = throttle();
    while fail(&throttle, peer(1), "ada").is_ok() {}
    hand.advance(24 * 3600 + 5);
    assert_eq!(fail(&throttle, peer(1), "ada"), Ok(()));
    assert_eq!(fail(&throttle, peer(1), "ada"), Ok(()));
}

#[test]
fn many_addresses_guessing_one_name_are_slowed_but_its_owner_is_not() {
    let (_, throttle) = throttle();
    throttle.begin(peer(1), Some(&name("ada"))).unwrap().succeeded();
    let looked_at = (100..200).filter(|from| fail(&throttle, peer(*from), "ada").is_ok()).count();
    assert_eq!(looked_at, 31);
    assert!(fail(&throttle, peer(300), "ada").is_err());
    let mine = throttle.begin(peer(1), Some(&name("ada")));
    mine.expect("an address that has signed in as ada before").succeeded();
    assert_eq!(fail(&throttle, peer(300), "ada"), Ok(()), "and the name's count is forgotten");
}

#[test]
fn signing_in_oneself_does_not_pay_for_guessing_at_others() {
    let (_, throttle) = throttle();
    let mut guesses = 0;
    for _ in 0..100 {
        guesses += usize::from(fail(&throttle, peer(1), "ada").is_ok());
        if let Ok(ticket) = throttle.begin(peer(1), Some(&name("mallory"))) {
            ticket.succeeded();
        }
    }
    assert_eq!(guesses, 11);
}

#[test]
fn attempts_in_flight_count_already() {
    let (_, throttle) = throttle();
    let user = name("ada");
    let in_flight: Vec<_> = (0..100).filter_map(|_| throttle.begin(peer(1), Some(&user)).ok()).collect();
    assert_eq!(in_flight.len(), 11);
    in_flight.into_iter().for_each(Ticket::take_back);
    assert_eq!(fail(&throttle, peer(1), "ada"), Ok(()), "not judged is as if it had not been");
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let (_, throttle) = throttle();
    for number in 0..100_000 {
        throttle.begin(peer(number), Some(&name(&format!("u{number}")))).unwrap().succeeded();
        fail(&throttle, peer(number), &format!("v{number}")).unwrap();
    }
    let tables = throttle.tables.lock();
    for size in [tables.peers.len(), tables.users.len(), tables.proven.len()] {
        assert!(size <= CAPACITY);
    }
}

#[test]
fn a_household_of_ipv6_addresses_is_one_peer() {
    let (_, throttle) = throttle();
    let home = |host: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, host));
    let looked_at = (0..100).filter(|host| fail(&throttle, home(*host), &format!("u{host}")).is_ok()).count();
    assert_eq!(looked_at, 11);
    let mapped = IpAddr::V6(Ipv4Addr::from(7).to_ipv6_mapped());
    assert_eq!(household(mapped), peer(7));
}
