//! [`Memory`]: the blocks that argon2 works in, kept from one hash to the next. Allocated anew for each hash, on one
//! blocking thread after another, they would end up in every arena of the allocator and stay there.

use std::collections::TryReserveError;
use std::fmt;

use argon2::Block;
use parking_lot::Mutex;

/// Lends blocks. Keeps as many sets as were lent at once; a quiet hub has one.
pub(super) struct Memory {
    /// The blocks of one set.
    blocks: usize,
    idle: Mutex<Vec<Vec<Block>>>,
}

// === impl Memory ===

impl Memory {
    /// Sets of so many blocks; none is allocated yet.
    pub(super) fn new(blocks: usize) -> Self {
        Self { blocks, idle: Mutex::default() }
    }

    /// Lets `work` use so many blocks, with whatever the last one left in them. What is larger than a set (a stored
    /// hash of other costs) is allocated for this once.
    ///
    /// # Errors
    /// When there is no memory.
    pub(super) fn lend<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> Result<T, TryReserveError> {
        if blocks > self.blocks {
            return Ok(work(&mut allocate(blocks)?));
        }
        let kept = self.idle.lock().pop();
        let mut set = match kept {
            Some(set) => set,
            None => allocate(self.blocks)?,
        };
        let done = work(set.get_mut(..blocks).unwrap_or_default());
        self.idle.lock().push(set);
        Ok(done)
    }
}

/// Not the blocks: they are large, and were made from passwords.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

fn allocate(blocks: usize) -> Result<Vec<Block>, TryReserveError> {
    let mut set = Vec::new();
    set.try_reserve_exact(blocks)?;
    set.resize(blocks, Block::new());
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_used_again_and_a_larger_one_is_not_kept() {
        let memory = Memory::new(8);
        for (asked, kept) in [(16, 0), (8, 1), (4, 1), (16, 1)] {
            assert_eq!(memory.lend(asked, |set| set.len()).unwrap(), asked);
            assert_eq!(memory.idle.lock().len(), kept);
        }
        memory.lend(8, |_| memory.lend(8, |_| ()).unwrap()).unwrap();
        assert_eq!(memory.idle.lock().len(), 2);
    }
}
