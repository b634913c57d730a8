//! What the lead should know of the machine: memory that is short, cards that are wanted and cannot be handed out.

use super::gauge::MachineMemory;
use super::room::Rules;
use super::state::gpu_problem;
use super::visible::CardUse;
use super::words::bytes_in_words;
use crate::context::Context;
use crate::overview::Problem;

/// What is wrong with the machine now. `cards` says whether anything here asks for graphics cards.
pub fn problems(ctx: &Context, cards: CardUse) -> Vec<Problem> {
    let short = memory_problem(&ctx.machine.memory(), &ctx.machine.rules());
    let gpu = gpu_problem(ctx).filter(|_| cards == CardUse::Rationed).map(|words| Problem {
        id: "gpu".to_owned(),
        title: "Graphics cards cannot be handed out".to_owned(),
        cause: "A size or a stack asks for graphics cards; a server of it does not start.".to_owned(),
        remedy: words,
    });
    short.into_iter().chain(gpu).collect()
}

fn memory_problem(memory: &MachineMemory, rules: &Rules) -> Option<Problem> {
    let reserve = rules.reserve(memory.total_bytes);
    let available = memory.available_bytes.filter(|available| *available < reserve)?;
    Some(Problem {
        id: "memory".to_owned(),
        title: "The computer's memory is short".to_owned(),
        cause: format!(
            "{} of {} are free, less than the {} that are kept back. Servers that run go on; new ones wait.",
            bytes_in_words(available),
            bytes_in_words(memory.total_bytes),
            bytes_in_words(reserve)
        ),
        remedy: "Stop servers that nobody needs, or end other programs; the list of servers shows who uses how much."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_short_when_the_reserve_is_touched() {
        const GIB: u64 = 1 << 30;
        let told = |available_bytes| {
            let memory = MachineMemory { total_bytes: 16 * GIB, available_bytes };
            memory_problem(&memory, &Rules::default()).map(|problem| problem.cause)
        };
        assert_eq!(told(Some(2 * GIB)), None);
        assert_eq!(told(None), None, "what cannot be known is no problem");
        let words = told(Some(GIB)).unwrap();
        assert!(words.starts_with("1 GB of 16 GB are free, less than the 1.6 GB"), "{words}");
    }
}
