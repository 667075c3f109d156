//! Somebody between the engine and a device, who passes everything on, records it, and lies when told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is done about answers to signed questions for the status.
#[derive(Clone, Debug, Default)]
pub enum Lie {
    /// Nothing: they are passed on.
    #[default]
    None,
    /// These bytes come in their place.
    Instead(Vec<u8>),
    /// Their body says something else, of the same length.
    Altered { from: String, to: String },
}

#[derive(Default)]
struct Shared {
    lie: Lie,
    /// Lies only once an order has been passed on.
    after_order: bool,
    ordered: bool,
    last_signed: Vec<u8>,
}

/// The one in between. It ends with the test's runtime.
pub struct Relay {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Relay {
    pub async fn start(device: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::<Mutex<Shared>>::default());
        let of_task = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&of_task);
                // Whoever broke it off, the next one comes.
                tokio::spawn(async move { drop(pass_on(stream, device, &shared).await) });
            }
        });
        Self { address, shared }
    }

    /// Lies from now on.
    pub fn lie(&self, lie: Lie) {
        self.shared.lock().unwrap().lie = lie;
    }

    /// Lies as soon as the next order has been taken.
    pub fn lie_after_order(&self, lie: Lie) {
        let mut shared = self.shared.lock().unwrap();
        *shared = Shared {
            lie,
            after_order: true,
            last_signed: std::mem::take(&mut shared.last_signed),
            ordered: false,
        };
    }

    /// The last signed answer to a question for the status, head and body.
    pub fn last_signed(&self) -> Vec<u8> {
        self.shared.lock().unwrap().last_signed.clone()
    }
}

async fn pass_on(mut client: TcpStream, device: SocketAddr, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let request = read_request(&mut client).await?;
    let head = String::from_utf8_lossy(&request).to_lowercase();
    // A stream of events has no end that could be waited for.
    if head.starts_with("get /events") {
        return Ok(());
    }
    let mut answer = Vec::new();
    let mut on = TcpStream::connect(device).await?;
    on.write_all(&request).await?;
    on.read_to_end(&mut answer).await?;
    let signed_question = head.starts_with("get /status") && head.contains("signature-input");
    let answer = judge(answer, signed_question, head.starts_with("post /update "), shared);
    client.write_all(&answer).await?;
    client.shutdown().await
}

fn judge(answer: Vec<u8>, signed_question: bool, order: bool, shared: &Mutex<Shared>) -> Vec<u8> {
    let mut shared = shared.lock().unwrap();
    shared.ordered |= order && answer.starts_with(b"HTTP/1.1 202");
    if !signed_question || !answer.starts_with(b"HTTP/1.1 200") {
        return answer;
    }
    if shared.after_order && !shared.ordered {
        return answer;
    }
    match &shared.lie {
        Lie::None => {
            shared.last_signed.clone_from(&answer);
            answer
        }
        Lie::Instead(bytes) => bytes.clone(),
        Lie::Altered { from, to } => {
            assert_eq!(from.len(), to.len());
            let text = String::from_utf8(answer).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            format!("{head}\r\n\r\n{}", body.replace(from, to)).into_bytes()
        }
    }
}

async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = client.read(&mut piece).await?;
        request.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            assert!(read > 0, "a whole head");
            continue;
        };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| Some(line.strip_prefix("content-length:")?.trim().parse().unwrap()));
        if read == 0 || request.len() >= head.len() + 4 + length.unwrap_or(0) {
            return Ok(request);
        }
    }
}
