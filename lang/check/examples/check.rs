//! Checks the files that are named and prints what was found.
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let checked = apportion_check::check_text(&path, &text);
        for finding in &checked.diagnostics {
            println!("{}", apportion_diagnostic::render(finding, &checked.sources));
        }
        println!(
            "{path}: {} findings, policy {}",
            checked.diagnostics.len(),
            checked.policy.is_some()
        );
    }
}
