//! The servers that are compared, how each is started, and the image they serve.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

use super::skylift_role;
use super::watched::Watched;

/// Bytes of the image, less up to 15.
const IMAGE_SIZE: u32 = 1_500_000;

/// A folder with the image in it, for those that serve folders.
pub struct Site {
    folder: TempDir,
    pub image: Bytes,
}

impl Site {
    /// A third of the image is enough for a quick run.
    pub fn new(quick: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = if quick { IMAGE_SIZE / 3 } else { IMAGE_SIZE };
        let image = DemoImage { size, ..DemoImage::default() }.build().unwrap();
        fs::create_dir(folder.path().join("www")).unwrap();
        fs::write(folder.path().join("www/ota.bin"), &image).unwrap();
        Self { folder, image: image.into() }
    }

    fn www(&self) -> PathBuf {
        self.folder.path().join("www")
    }
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Contestant {
    Skylift,
    Nginx,
    Python,
    Serve,
}

impl Contestant {
    pub const ALL: [Self; 4] = [Self::Skylift, Self::Nginx, Self::Python, Self::Serve];

    /// As it is called on the command line of this benchmark.
    pub fn word(self) -> &'static str {
        match self {
            Self::Skylift => "skylift",
            Self::Nginx => "nginx",
            Self::Python => "python",
            Self::Serve => "serve",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Skylift => "`skylift serve`",
            Self::Nginx => "nginx",
            Self::Python => "`python3 -m http.server`",
            Self::Serve => "`npx serve`",
        }
    }

    /// What it says of itself; nothing if it is not installed.
    pub fn version(self) -> Option<String> {
        let (program, args): (_, &[_]) = match self {
            Self::Skylift => return Some(format!("{}, release build", env!("CARGO_PKG_VERSION"))),
            Self::Nginx => ("nginx", &["-v"]),
            Self::Python => ("python3", &["--version"]),
            Self::Serve => ("npx", &["-y", "serve@14", "--version"]),
        };
        let output = Command::new(program).args(args).output().ok()?;
        let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let said = String::from_utf8_lossy(said).trim().to_owned();
        output.status.success().then(|| said.replace("nginx version: nginx/", ""))
    }

    /// Starts it, and waits until it listens. `open_files` is a soft limit, for ours only.
    pub fn start(self, site: &Site, open_files: Option<u64>) -> Watched {
        let port = free_port();
        let mut command = match self {
            Self::Skylift => return start_skylift(site, open_files),
            Self::Nginx => nginx(site, port),
            Self::Python => python(site, port),
            Self::Serve => serve(site, port),
        };
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until_listening((Ipv4Addr::LOCALHOST, port).into());
        Watched::new(child, port)
    }
}

/// Its port is in the URL that it prints.
fn start_skylift(site: &Site, open_files: Option<u64>) -> Watched {
    let image = site.www().join("ota.bin");
    let mut command = skylift_role::command(&image, &site.folder.path().join("data"), open_files);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.find_map(|line| line.unwrap().trim().strip_prefix("http://").map(str::to_owned)).unwrap();
    let port = url.split('/').next().and_then(|host| host.rsplit(':').next()).unwrap().parse().unwrap();
    // It tells of each transfer: somebody has to read that.
    std::thread::spawn(move || lines.for_each(drop));
    Watched::new(child, port)
}

fn nginx(site: &Site, port: u16) -> Command {
    let folder = site.folder.path().join(format!("nginx-{port}"));
    fs::create_dir(&folder).unwrap();
    let at = folder.display();
    // Run by root, the workers could not enter a temporary folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {at}/{kind};"))
        .collect();
    let config = format!(
        "{user} daemon off; worker_processes auto; worker_rlimit_nofile 8192; pid {at}/pid; error_log {at}/log;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ sendfile on; tcp_nopush on; access_log off; {temporary}\n\
         server {{ listen 127.0.0.1:{port}; root {}; }} }}\n",
        site.www().display()
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(&folder).arg("-c").arg(file).arg("-e").arg(folder.join("log"));
    command
}

fn python(site: &Site, port: u16) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]).arg(site.www());
    command.arg(port.to_string());
    command
}

fn serve(site: &Site, port: u16) -> Command {
    let mut command = Command::new("npx");
    command.args(["-y", "serve@14", "--no-request-logging", "--listen"]);
    command.arg(format!("tcp://127.0.0.1:{port}")).arg(site.www());
    command
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn wait_until_listening(address: SocketAddr) {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody listens on {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
