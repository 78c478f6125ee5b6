//! Channels of Rust in the loops of the suite: the interface of `Sources/CPeerRings/include/peer_rings.h`,
//! and the loops of `PeerRing.hpp`, statement for statement.
//!
//! `Scripts/build-rust-peers` builds it, with a feature for each crate that is installed.

mod element;
mod pair;
mod rings;

use pair::{Pair, Stream};
use std::os::raw::c_char;

/// The version of the interface that this file was written for.
const VERSION: u32 = 2;
/// Threads on one side at most.
pub const MOST_MEMBERS: usize = 64;

const MPSC: u32 = 2;
const MPMC: u32 = 4;

#[repr(C)]
pub struct Description {
    name: *const c_char,
    library: *const c_char,
    options: *const c_char,
    capacity: *const c_char,
    has_batches: bool,
    keeps_order: bool,
    kinds: u32,
}

// Its pointers are to constants.
unsafe impl Sync for Description {}

#[repr(C)]
pub struct Shape {
    pub capacity: u64,
    pub payload: u32,
    pub kind: u32,
    pub producers: u32,
    pub consumers: u32,
    pub batch: u32,
}

/// Behind a thin pointer, as C has it.
pub struct Handle(Box<dyn Stream>);

#[repr(C)]
pub struct Interface {
    version: u32,
    build: *const c_char,
    count: extern "C" fn() -> usize,
    describe: extern "C" fn(usize) -> *const Description,
    create: unsafe extern "C" fn(usize, *const Shape) -> *mut Handle,
    destroy: unsafe extern "C" fn(*mut Handle),
    uncontended: unsafe extern "C" fn(*mut Handle, u64) -> u64,
    initiate: unsafe extern "C" fn(*mut Handle, u64) -> u64,
    initiate_stamped: unsafe extern "C" fn(*mut Handle, u64, *mut u64) -> u64,
    respond: unsafe extern "C" fn(*mut Handle, u64) -> u64,
    produce: unsafe extern "C" fn(*mut Handle, u64),
    consume: unsafe extern "C" fn(*mut Handle, u64) -> u64,
    produce_batches: unsafe extern "C" fn(*mut Handle, u64),
    consume_batches: unsafe extern "C" fn(*mut Handle, u64) -> u64,
    produce_share: unsafe extern "C" fn(*mut Handle, u32, u64),
    consume_share: unsafe extern "C" fn(*mut Handle, u32, u64, *mut u64) -> u64,
}

// Its pointers are to constants.
unsafe impl Sync for Interface {}

/// A ring in one configuration.
struct Entry {
    description: Description,
    create: fn(&Shape) -> Option<Box<dyn Stream>>,
}

const fn entry(
    name: *const c_char,
    library: *const c_char,
    options: *const c_char,
    capacity: *const c_char,
    create: fn(&Shape) -> Option<Box<dyn Stream>>,
) -> Entry {
    Entry {
        description: Description {
            name,
            library,
            options,
            capacity,
            has_batches: false,
            // All of them are queues of one order.
            keeps_order: true,
            kinds: MPSC | MPMC,
        },
        create,
    }
}

/// Text as C has it.
macro_rules! text {
    ($text:literal) => {
        concat!($text, "\0").as_ptr() as *const c_char
    };
}

/// A Debian package, and the version of the crate that was built: of another one may be installed by the
/// time that the library runs.
macro_rules! package {
    ($package:literal, $crate_:literal, $version:literal) => {
        concat!($package, ", ", $crate_, " ", env!($version), "\0").as_ptr() as *const c_char
    };
}

/// A pair for elements as large as the shape asks for.
macro_rules! for_payload {
    ($ring:ident) => {
        |shape| {
            Some(match shape.payload {
                8 => Box::new(Pair::<rings::$ring<u64>>::new(shape)),
                64 => Box::new(Pair::<rings::$ring<element::Message<8>>>::new(shape)),
                256 => Box::new(Pair::<rings::$ring<element::Message<32>>>::new(shape)),
                4096 => Box::new(Pair::<rings::$ring<element::Message<512>>>::new(shape)),
                _ => return None,
            })
        }
    };
}

static ENTRIES: &[Entry] = &[
    #[cfg(feature = "crossbeam-queue")]
    entry(
        text!("ArrayQueue"),
        package!("librust-crossbeam-queue-dev", "crossbeam-queue", "NILOMETER_CROSSBEAM_QUEUE"),
        text!("crossbeam-queue's ArrayQueue: push and pop, retried with a pause"),
        text!("exact"),
        for_payload!(ArrayRing),
    ),
    #[cfg(feature = "crossbeam-channel")]
    entry(
        text!("crossbeam"),
        package!("librust-crossbeam-channel-dev", "crossbeam-channel", "NILOMETER_CROSSBEAM_CHANNEL"),
        text!("crossbeam-channel bounded: send and recv, which spin, yield and then sleep"),
        text!("exact"),
        for_payload!(CrossbeamRing),
    ),
    #[cfg(feature = "crossbeam-channel")]
    entry(
        text!("crossbeam-spin"),
        package!("librust-crossbeam-channel-dev", "crossbeam-channel", "NILOMETER_CROSSBEAM_CHANNEL"),
        text!("crossbeam-channel bounded: try_send and try_recv, retried with a pause"),
        text!("exact"),
        for_payload!(SpinningCrossbeamRing),
    ),
    #[cfg(feature = "crossbeam-channel")]
    entry(
        text!("crossbeam-unbounded"),
        package!("librust-crossbeam-channel-dev", "crossbeam-channel", "NILOMETER_CROSSBEAM_CHANNEL"),
        text!("crossbeam-channel unbounded: send and recv, which spins, yields and then sleeps"),
        text!("none: it grows"),
        for_payload!(GrowingCrossbeamRing),
    ),
    #[cfg(feature = "flume")]
    entry(
        text!("flume"),
        package!("librust-flume-dev", "flume", "NILOMETER_FLUME"),
        text!("flume bounded: send and recv, which sleep"),
        text!("exact"),
        for_payload!(FlumeRing),
    ),
];

extern "C" fn count() -> usize {
    ENTRIES.len()
}

extern "C" fn describe(index: usize) -> *const Description {
    ENTRIES.get(index).map_or(std::ptr::null(), |entry| &entry.description)
}

unsafe extern "C" fn create(index: usize, shape: *const Shape) -> *mut Handle {
    // The caller's shape, for the time of the call.
    let pair = unsafe { shape.as_ref() }
        .filter(|shape| shape.producers.max(shape.consumers) as usize <= MOST_MEMBERS)
        .and_then(|shape| ENTRIES.get(index).and_then(|entry| (entry.create)(shape)));
    pair.map_or(std::ptr::null_mut(), |pair| Box::into_raw(Box::new(Handle(pair))))
}

unsafe extern "C" fn destroy(handle: *mut Handle) {
    if !handle.is_null() {
        // Made in `create`, and not used again.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// The pair of a handle: alive from `create` to `destroy`, and used by threads at once.
unsafe fn pair<'a>(handle: *mut Handle) -> &'a dyn Stream {
    unsafe { &*(*handle).0 }
}

unsafe extern "C" fn uncontended(handle: *mut Handle, count: u64) -> u64 {
    unsafe { pair(handle) }.uncontended(count)
}

unsafe extern "C" fn initiate(handle: *mut Handle, count: u64) -> u64 {
    unsafe { pair(handle) }.initiate(count)
}

unsafe extern "C" fn initiate_stamped(handle: *mut Handle, count: u64, stamps: *mut u64) -> u64 {
    // The caller's room for `count` stamps, for the time of the call.
    let stamps = unsafe { std::slice::from_raw_parts_mut(stamps, count as usize) };
    unsafe { pair(handle) }.initiate_stamped(stamps)
}

unsafe extern "C" fn respond(handle: *mut Handle, count: u64) -> u64 {
    unsafe { pair(handle) }.respond(count)
}

unsafe extern "C" fn produce(handle: *mut Handle, count: u64) {
    unsafe { pair(handle) }.produce(count)
}

unsafe extern "C" fn consume(handle: *mut Handle, count: u64) -> u64 {
    unsafe { pair(handle) }.consume(count)
}

/// None of these rings has batches, and so nobody calls these two.
unsafe extern "C" fn produce_batches(_: *mut Handle, _: u64) {}

unsafe extern "C" fn consume_batches(_: *mut Handle, _: u64) -> u64 {
    u64::MAX
}

unsafe extern "C" fn produce_share(handle: *mut Handle, member: u32, count: u64) {
    unsafe { pair(handle) }.produce_share(member, count)
}

unsafe extern "C" fn consume_share(
    handle: *mut Handle, _member: u32, count: u64, sum: *mut u64,
) -> u64 {
    // The caller's own, for the time of the call.
    unsafe { pair(handle).consume_share(count, &mut *sum) }
}

static INTERFACE: Interface = Interface {
    version: VERSION,
    build: concat!("Rust, ", env!("NILOMETER_RUSTC"), ", opt-level 3, LTO\0").as_ptr() as *const c_char,
    count,
    describe,
    create,
    destroy,
    uncontended,
    initiate,
    initiate_stamped,
    respond,
    produce,
    consume,
    produce_batches,
    consume_batches,
    produce_share,
    consume_share,
};

/// What the suite asks the library for.
#[no_mangle]
pub extern "C" fn nilometer_rust_rings() -> *const Interface {
    &INTERFACE
}
