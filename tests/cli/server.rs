//! A health URL that answers as the test says.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A server of its own port.
pub struct Health {
    address: SocketAddr,
    statuses: Arc<Mutex<Vec<u16>>>,
    asked: Arc<AtomicUsize>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Health {
    /// One that answers with these statuses in turn, and with the last of them from
    /// then on.
    pub fn answering(statuses: &[u16]) -> Self {
        let statuses = Arc::new(Mutex::new(statuses.to_vec()));
        let left = statuses.clone();
        let mut health = Self::on("127.0.0.1:0", move |stream| {
            let status = next(&mut left.lock().unwrap());
            stream.write_all(&answer(status, "{}"))
        })
        .unwrap();
        health.statuses = statuses;
        health
    }

    /// One that answers with these bytes.
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::doing(move |stream| stream.write_all(&bytes))
    }

    /// One that does this once it was asked.
    pub fn doing(answer: impl FnMut(&mut TcpStream) -> io::Result<()> + Send + 'static) -> Self {
        Self::on("127.0.0.1:0", answer).unwrap()
    }

    /// The same at another address.
    pub fn on(
        address: &str,
        mut answer: impl FnMut(&mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        Self::hearing(address, move |_, stream| answer(stream))
    }

    /// One that does this once it was asked, with the request.
    pub fn hearing(
        address: &str,
        mut answer: impl FnMut(&str, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let mut health = Self {
            address: listener.local_addr()?,
            statuses: Arc::default(),
            asked: Arc::default(),
            done: Arc::default(),
            thread: None,
        };
        let (asked, done) = (health.asked.clone(), health.done.clone());
        health.thread = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::SeqCst) {
                    return;
                }
                asked.fetch_add(1, Ordering::SeqCst);
                // One that asks and goes away is no failure of the server.
                let _ = stream.and_then(|mut stream| {
                    let request = read_request(&mut stream)?;
                    answer(&String::from_utf8_lossy(&request), &mut stream)
                });
            }
        }));
        Ok(health)
    }

    pub fn answer_from_now(&self, statuses: &[u16]) {
        *self.statuses.lock().unwrap() = statuses.to_vec();
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}/health", self.address)
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A whole answer.
pub fn answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn next(statuses: &mut Vec<u16>) -> u16 {
    if statuses.len() > 1 {
        statuses.remove(0)
    } else {
        statuses[0]
    }
}

fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut block = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut block)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => request.extend_from_slice(&block[..read]),
        }
    }
    Ok(request)
}
