//! Random numbers. A test that fails says from which seed they came.

use std::io::{self, Write};
use std::thread;
use std::time::SystemTime;

/// Numbers by splitmix64.
pub struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    pub fn new() -> Self {
        let seed = std::env::var("INNEROS_TEST_SEED").map_or_else(
            |_| {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                u64::from(now.unwrap().subsec_nanos())
            },
            |seed| seed.parse().unwrap(),
        );
        Self { seed, state: seed }
    }

    /// One from 0 to below this.
    pub fn below(&mut self, most: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        if thread::panicking() {
            let seed = self.seed;
            // With the failure that it belongs to.
            let _ = writeln!(
                io::stderr(),
                "the random numbers came from INNEROS_TEST_SEED={seed}"
            );
        }
    }
}
