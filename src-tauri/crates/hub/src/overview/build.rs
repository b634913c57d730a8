//! Making the overview, and changing what it shows.

use labdeck_model::{EngineState, Event};
use labdeck_store::tables::users::{self, UserQuery};
use labdeck_store::tables::{settings, stacks};

use super::{Counts, EngineView, FrontState, HubChange, HubState, Network, Overview, Problem};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::resources::CardUse;
use crate::spawners::DOCKER;
use crate::{accounts, config, health, resources};

/// Under this key the store holds that the lead accepted local processes.
pub const SIMPLE_ACCEPTED: &str = "simple_accepted";

/// The hub as it is now.
///
/// # Errors
/// When the store fails.
pub async fn build(ctx: &Context) -> Result<Overview> {
    let (users, offered, cards) = ctx
        .store
        .read(|read| {
            let users = users::count(read, &UserQuery::default())?;
            Ok::<_, Error>((users, stacks::find_default(read)?.is_some(), CardUse::load(read)?))
        })
        .await?;
    let running = ctx.registry.all().iter().filter(|server| server.state().is_active()).count();
    let front = ctx.front.state();
    let claimed = accounts::is_claimed(ctx);
    let lead = if claimed { accounts::find_lead(ctx).await?.map(|user| user.name) } else { None };
    let engine = ctx.spawners.engine();
    let (spawner, spawner_reason) = ctx.spawners.current();
    Ok(Overview {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        hub: HubState { on: front.on, claimed, lead, suggested_name: suggested_name(), started: ctx.started },
        network: front.network,
        encrypted: false,
        addresses: if front.on && claimed { front.addresses.clone() } else { Vec::new() },
        local_url: front.local_url.clone(),
        port: front.port,
        problems: [problems(ctx, &front, &engine, offered), resources::problems(ctx, cards)].concat(),
        engine: EngineView { remedy: engine.remedy().to_owned(), state: engine },
        spawner: spawner.to_owned(),
        spawner_reason,
        simple_accepted: ctx.spawners.is_simple_accepted(),
        machine: health::machine(),
        data_dir: ctx.data_dir.clone(),
        authenticator: ctx.authenticator.kind().to_owned(),
        desktop: ctx.desktop.is_some(),
        keyring: ctx.secret_store.to_owned(),
        counts: Counts { users, running: u64::try_from(running).unwrap_or(u64::MAX) },
    })
}

/// Changes the public side.
///
/// # Errors
/// 409 while unclaimed, for a network that the settings rule out, and for a port that cannot be bound.
pub async fn change(ctx: &Context, change: HubChange) -> Result<()> {
    if !accounts::is_claimed(ctx) {
        return Err(Error::conflict("Create your account first: until then nothing but this computer is served."));
    }
    if change.network == Some(Network::Lan) {
        ctx.config.check_network(config::Network::Lan).map_err(|problem| Error::conflict(problem.to_string()))?;
    }
    if let Some(accepted) = change.simple_accepted {
        ctx.store.write(move |tx| Ok::<_, Error>(settings::set(tx, SIMPLE_ACCEPTED, &accepted)?)).await?;
        ctx.spawners.set_accepted(accepted);
    }
    if change.on.is_some() || change.network.is_some() || change.port.is_some() {
        ctx.front.change(change.on, change.network, change.port).await?;
    }
    ctx.bus.publish(Event::OverviewChanged);
    Ok(())
}

/// The account's name, as a user name.
fn suggested_name() -> String {
    let account = health::account_name();
    let name = if account == "root" { "lead".to_owned() } else { account };
    labdeck_model::UserName::parse(&name).map_or_else(|_| "lead".to_owned(), |name| name.to_string())
}

fn problems(ctx: &Context, front: &FrontState, engine: &EngineState, offered: bool) -> Vec<Problem> {
    let mut problems: Vec<_> = front.problem.iter().cloned().chain(ctx.door_problem.lock().clone()).collect();
    let containers = ctx.spawners.current().0 == DOCKER;
    let kept = ctx.registry.all().iter().any(|server| server.record.spawner_kind == DOCKER);
    if !matches!(engine, EngineState::Running { .. }) && (containers || kept) {
        problems.push(Problem {
            id: "engine".to_owned(),
            title: "Docker cannot be used".to_owned(),
            cause: "Servers that live in Docker can neither be started nor reached; the files in them are safe."
                .to_owned(),
            remedy: engine.remedy().to_owned(),
        });
    }
    // Before the claim there is nobody who could start anything.
    if accounts::is_claimed(ctx)
        && containers
        && matches!(engine, EngineState::Running { .. })
        && !offered
        && ctx.config.docker.image.is_none()
    {
        problems.push(Problem {
            id: "no_stack".to_owned(),
            title: "No stack is offered yet".to_owned(),
            cause: "People can sign in, but there is nothing they could start.".to_owned(),
            remedy: "Offer an image under Stacks, or fetch one there.".to_owned(),
        });
    }
    let (failed, limit) = (*ctx.board.watch_failures().borrow(), ctx.config.usual().consecutive_failure_limit);
    if limit.is_some_and(|limit| failed >= limit) {
        problems.push(Problem {
            id: "starts_fail".to_owned(),
            title: "Servers do not start".to_owned(),
            cause: format!("The last {failed} starts failed, one after the other."),
            remedy: "Look at why one of them failed, under Servers; a start that goes well ends this.".to_owned(),
        });
    }
    let pages = ctx.pages.problems();
    if let Some(first) = pages.first() {
        let more = match pages.len() {
            1 => String::new(),
            count => format!(" ({} more in the log.)", count - 1),
        };
        problems.push(Problem {
            id: "own_pages".to_owned(),
            title: "A page of your own cannot be used".to_owned(),
            cause: format!("{first}.{more} Labdeck's own page is shown instead."),
            remedy: "Correct the file, check it with labdeckd config check, and start the hub again.".to_owned(),
        });
    }
    if ctx.config.rules.admit_nobody() {
        problems.push(Problem {
            id: "nobody_allowed".to_owned(),
            title: "Nobody may sign in".to_owned(),
            cause: "The configuration has no rule that lets anybody in.".to_owned(),
            remedy: "Set allowed_users, allow_existing_users or allow_all in the table [authenticator].".to_owned(),
        });
    }
    problems
}

impl From<super::Network> for config::Network {
    fn from(network: super::Network) -> Self {
        match network {
            Network::Local => Self::Local,
            Network::Lan => Self::Lan,
        }
    }
}

impl From<config::Network> for super::Network {
    fn from(network: config::Network) -> Self {
        match network {
            config::Network::Local => Self::Local,
            config::Network::Lan => Self::Lan,
        }
    }
}

/// A port that cannot be had, in words with who has it and which one is free.
pub fn port_taken(port: u16, owner: Option<&str>, free: Option<u16>) -> Error {
    let owner = owner.map_or_else(|| "Another program".to_owned(), |owner| format!("The program {owner}"));
    let instead = free.map(|free| format!(" Use {free} instead?")).unwrap_or_default();
    Error::new(Kind::Conflict, format!("Port {port} is taken. {owner} is using it.{instead}")).with_free_port(free)
}
