//! What people must learn or do, told from what other services tell, by rules that are data. Pure.

pub mod address;
pub mod campaign;
pub mod case;
pub mod consultation;
pub mod consultation_event;
pub mod delivery;
pub mod expert;
pub mod fault;
pub mod incident;
pub mod moment;
pub mod notice;
pub mod plan;
pub mod proposal;
pub mod rules;
pub mod situation;
pub mod template;

use kit_clock::Timestamp;

/// A moment from protobuf.
pub const fn read(at: &prost_types::Timestamp) -> Timestamp {
    Timestamp::from_parts(at.seconds, at.nanos)
}

/// A moment as protobuf has it.
pub const fn wire(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = at.parts();
    prost_types::Timestamp { seconds, nanos }
}
