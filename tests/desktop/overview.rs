//! The section Overview where the lead decides: who may reach the hub, what to do when its port is taken, and what it
//! means to work without Docker.

use std::net::TcpListener;

use labdeck_testkit::Browser;

use crate::{
    desk::{Bus, Desk},
    driver::Page,
};

#[tokio::test]
async fn people_on_the_network_come_in_only_after_plain_words() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("network-lan").await;
    page.wait_for("//*[@data-testid='network-dialog'][contains(., 'Passwords travel readable')]").await;
    page.save_picture("overview-network").await;
    page.press("//*[@data-testid='network-dialog']//button[contains(., 'Keep it')]").await;
    page.wait_for("//*[@data-testid='network-local'][@aria-pressed='true']").await;

    page.click("network-lan").await;
    page.click("network-confirm").await;
    page.wait_for("//*[@data-testid='network-lan'][@aria-pressed='true']").await;
    page.wait_for("//*[@data-testid='plain-http']").await;
    page.save_picture("overview-lan").await;
    let address = page.wait_for("//*[@data-testid='address']//code").await;
    assert!(!address.contains("127.0.0.1"), "an address for others: {address}");
    let seen = Browser::new(&address).get_only("/hub/login").await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("readable") || seen.body.contains("encrypt"), "the page has the banner: {}", seen.body);

    page.click("network-local").await;
    page.wait_for("//*[@data-testid='network-local'][@aria-pressed='true']").await;
    page.wait_until_gone("//*[@data-testid='plain-http']").await;
    page.close(&desk);
}

#[tokio::test]
async fn a_taken_port_is_named_and_another_one_offered() {
    let desk = Desk::new(Bus::Present);
    let taken = TcpListener::bind(("127.0.0.1", desk.public_port())).unwrap();
    let page = Page::open(&desk).await;
    page.write("claim-name", "ada").await;
    page.click("claim-submit").await;
    let problem = page.wait_for("//*[@data-testid='problem'][contains(., 'cannot be reached')]").await;
    assert!(problem.contains(&desk.public_port().to_string()), "{problem}");
    page.save_picture("overview-port").await;
    page.click("hub-switch").await;
    page.wait_for("//*[@data-testid='port-dialog']").await;
    page.save_picture("overview-port-dialog").await;
    page.click("port-submit").await;
    page.wait_for("//*[@data-testid='hub-switch'][@aria-checked='true']").await;
    page.wait_until_gone("//*[@data-testid='problem'][contains(., 'cannot be reached')]").await;
    let address = page.wait_for("//*[@data-testid='address']//code").await;
    assert!(!address.contains(&desk.public_port().to_string()), "another port: {address}");
    assert_eq!(Browser::new(&address).get_only("/hub/login").await.status, 200);
    drop(taken);
    page.close(&desk);
}

#[tokio::test]
async fn without_docker_the_lead_reads_and_accepts_before_others_start_servers() {
    let mut desk = Desk::new(Bus::Present);
    desk.set_variable("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.wait_for("//*[@data-testid='engine-card']").await;
    page.wait_for("//*[@data-testid='spawner-reason'][contains(., 'systemctl start docker')]").await;
    let card = page.wait_for("//*[@data-testid='consent-card']").await;
    assert!(card.contains("run as you") && card.contains("your files"), "{card}");
    page.save_picture("overview-consent").await;
    page.wait_for("//*[@data-testid='consent-accept'][@disabled]").await;
    page.click("consent-read").await;
    page.click("consent-accept").await;
    page.wait_until_gone("//*[@data-testid='consent-card']").await;
    page.wait_for("//*[@data-testid='consent-withdraw']").await;
    page.save_picture("overview-simple").await;
    page.click("nav-stacks").await;
    page.wait_for("//*[contains(., 'need Docker')]").await;
    page.save_picture("stacks-no-docker").await;
    page.click("nav-overview").await;
    page.click("consent-withdraw").await;
    page.wait_for("//*[@data-testid='consent-card']").await;
    page.close(&desk);
}
