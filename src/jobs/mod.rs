//! Room 4: what goes on beside requests. The server starts it; it is given the store, the keys and the clock.

mod notices;

pub use notices::{Surroundings, deliver_due, run};
