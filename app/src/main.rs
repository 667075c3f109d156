//! The program: the window, or a command.

fn main() -> std::process::ExitCode {
    skylift::cli::run()
}
