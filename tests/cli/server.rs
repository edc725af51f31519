//! A health URL that answers as the test says.

use std::io::{Read, Write};
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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut health = Self {
            address: listener.local_addr().unwrap(),
            statuses: Arc::default(),
            asked: Arc::default(),
            done: Arc::default(),
            thread: None,
        };
        health.answer_from_now(statuses);
        let (statuses, asked) = (health.statuses.clone(), health.asked.clone());
        let done = health.done.clone();
        health.thread = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::SeqCst) {
                    return;
                }
                asked.fetch_add(1, Ordering::SeqCst);
                let status = next(&mut statuses.lock().unwrap());
                // One that asks and goes away is no failure of the server.
                let _ = stream.and_then(|stream| answer(stream, status));
            }
        }));
        health
    }

    pub fn answer_from_now(&self, statuses: &[u16]) {
        *self.statuses.lock().unwrap() = statuses.to_vec();
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
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

fn next(statuses: &mut Vec<u16>) -> u16 {
    if statuses.len() > 1 {
        statuses.remove(0)
    } else {
        statuses[0]
    }
}

fn answer(mut stream: TcpStream, status: u16) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut block = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut block)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&block[..read]),
        }
    }
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    )
}
