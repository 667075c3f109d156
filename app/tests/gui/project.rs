//! Projects to be built: one of Cargo that does not compile, one that never ends, and one of ESP-IDF that is built already.

use std::path::{Path, PathBuf};

use skylift_simulator::demo_image::DemoImage;

/// A project in a folder of its own.
pub struct Project(PathBuf);

impl Project {
    /// The compiler finds fault with it.
    pub fn broken(home: &Path) -> Self {
        Self::new(home, "broken", &[("src/main.rs", "fn main() { this is not Rust }\n")])
    }

    /// Its build script waits for a file that never comes.
    pub fn endless(home: &Path) -> Self {
        let script = "fn main() {\n    while !std::path::Path::new(\"done\").exists() {\n        \
                      std::thread::sleep(std::time::Duration::from_millis(50));\n    }\n}\n";
        Self::new(home, "endless", &[("src/main.rs", "fn main() {}\n"), ("build.rs", script)])
    }

    /// A build folder of ESP-IDF with this image in it.
    pub fn of_image(home: &Path, demo: &DemoImage) -> Self {
        let folder = home.join("built");
        write(&folder.join("ota.bin"), &demo.build().unwrap());
        write(&folder.join("project_description.json"), br#"{"app_bin": "ota.bin"}"#);
        Self(folder)
    }

    fn new(home: &Path, name: &str, files: &[(&str, &str)]) -> Self {
        let folder = home.join(name);
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
        for (file, text) in files.iter().copied().chain([("Cargo.toml", manifest.as_str())]) {
            write(&folder.join(file), text.as_bytes());
        }
        Self(folder)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
