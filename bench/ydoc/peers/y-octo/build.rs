//! Tells the program which y-octo it is built with: the version that Cargo.lock holds.

fn main() {
    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").expect("Cargo.lock");
    let entry = lock
        .split("[[package]]")
        .find(|part| part.contains("name = \"y-octo\""))
        .expect("y-octo");
    let version = entry
        .split("version = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    println!(
        "cargo:rustc-env=Y_OCTO_VERSION={}",
        version.expect("a version")
    );
}
