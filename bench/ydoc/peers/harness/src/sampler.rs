//! Repeats a job long enough to be measured, and says what it took.

use crate::clock::{cpu_ns, wall_ns};

const BATCH_MAX: usize = 1000;

pub struct Limits {
    pub samples: usize,
    /// A sample repeats the job for at least this long.
    pub min_ns: f64,
    /// So long the job is repeated before it is measured.
    pub warm_ns: f64,
    /// No more samples after this long, but two at least.
    pub budget_ns: f64,
}

/// One thing to measure. Only `run` is timed.
pub trait Job {
    type State;
    type Output;
    /// Before each sample.
    fn rewind(&mut self) {}
    /// What one repetition needs.
    fn prepare(&mut self) -> Self::State;
    fn run(&mut self, state: &mut Self::State) -> Self::Output;
    /// After one extra repetition: members of a JSON object, for the runner to compare.
    fn verify(&mut self, state: Self::State, output: Self::Output) -> String;
}

struct Sample {
    cpu: f64,
    wall: f64,
    repetitions: usize,
}

fn sample<J: Job>(job: &mut J, min_ns: f64, batch: &mut usize) -> Sample {
    job.rewind();
    let mut sum = Sample {
        cpu: 0.0,
        wall: 0.0,
        repetitions: 0,
    };
    while sum.cpu < min_ns && sum.wall < 4.0 * min_ns {
        let mut states: Vec<J::State> = (0..*batch).map(|_| job.prepare()).collect();
        let mut outputs = Vec::with_capacity(states.len());
        let (wall, cpu) = (wall_ns(), cpu_ns());
        for state in &mut states {
            outputs.push(job.run(state));
        }
        let spent = cpu_ns() - cpu;
        sum.cpu += spent;
        sum.wall += wall_ns() - wall;
        sum.repetitions += states.len();
        // Short jobs run in batches, so that reading the clock does not count.
        if spent < min_ns / 10.0 && *batch < BATCH_MAX {
            *batch *= 2;
        }
    }
    sum
}

fn list(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().map(|n| format!("{n:.0}")).collect();
    format!("[{}]", texts.join(","))
}

/// The fields of the output line that the job's metric gets.
pub fn measure<J: Job>(mut job: J, limits: &Limits) -> String {
    let mut batch = 1;
    let mut spent = 0.0;
    while spent < limits.warm_ns {
        spent += sample(&mut job, limits.min_ns, &mut batch).cpu;
    }
    let (mut cpu, mut wall, mut repetitions, mut spent) = (Vec::new(), Vec::new(), 0, 0.0);
    while cpu.len() < limits.samples && (spent < limits.budget_ns || cpu.len() < 2) {
        let one = sample(&mut job, limits.min_ns, &mut batch);
        cpu.push(one.cpu / one.repetitions as f64);
        wall.push(one.wall / one.repetitions as f64);
        repetitions = one.repetitions;
        spent += one.cpu;
    }
    job.rewind();
    let mut state = job.prepare();
    let output = job.run(&mut state);
    let check = job.verify(state, output);
    let (cpu, wall) = (list(&cpu), list(&wall));
    format!("\"cpu\":{cpu},\"wall\":{wall},\"repetitions\":{repetitions},\"check\":{{{check}}}")
}
