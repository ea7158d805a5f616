//! Time and memory of this process, from the C library that every Linux program is linked to.

use std::os::raw::c_int;

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
    #[cfg(target_env = "gnu")]
    fn malloc_trim(pad: usize) -> c_int;
}

const MONOTONIC: c_int = 1;
const PROCESS_CPU: c_int = 2;

fn now(clock: c_int) -> f64 {
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    let failed = unsafe { clock_gettime(clock, &mut time) };
    assert_eq!(failed, 0);
    time.seconds as f64 * 1e9 + time.nanoseconds as f64
}

/// Nanoseconds of CPU that this process has used.
pub fn cpu_ns() -> f64 {
    now(PROCESS_CPU)
}

pub fn wall_ns() -> f64 {
    now(MONOTONIC)
}

/// Bytes of memory that belong to this process alone, after the allocator has given back what it
/// holds for later.
pub fn private_bytes() -> u64 {
    #[cfg(target_env = "gnu")]
    unsafe {
        malloc_trim(0);
    }
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("smaps_rollup");
    let kilobytes = |line: &str| {
        line.split_whitespace()
            .nth(1)
            .and_then(|n| n.parse::<u64>().ok())
    };
    let private = |line: &&str| line.starts_with("Private_") && !line.contains("Hugetlb");
    rollup
        .lines()
        .filter(private)
        .filter_map(kilobytes)
        .sum::<u64>()
        * 1024
}
