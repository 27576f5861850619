//! Builds the replaced allocation of C++, where the system takes advice on the size of pages.

fn main() {
    println!("cargo::rerun-if-changed=src/highs/memory.cpp");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        cc::Build::new()
            .cpp(true)
            .std("c++11")
            .file("src/highs/memory.cpp")
            .link_lib_modifier("+whole-archive")
            .compile("apportion_solve_memory");
    }
}
