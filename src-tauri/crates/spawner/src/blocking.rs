//! [`Blocking`]: an asynchronous stream for code that blocks, such as a packer of archives. Only for threads that may
//! block (`spawn_blocking`), never for tasks.

use std::io::{Read, Result, Write};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;

/// The blocking face of an asynchronous reader or writer.
#[derive(Debug)]
pub struct Blocking<T> {
    inner: T,
    runtime: Handle,
}

// === impl Blocking ===

impl<T> Blocking<T> {
    /// Of a stream that the current runtime drives. To be called from a task, before the thread begins.
    pub fn new(inner: T) -> Self {
        Self { inner, runtime: Handle::current() }
    }
}

impl<T: AsyncRead + Unpin> Read for Blocking<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.runtime.block_on(self.inner.read(buffer))
    }
}

impl<T: AsyncWrite + Unpin> Write for Blocking<T> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.runtime.block_on(self.inner.write(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        self.runtime.block_on(self.inner.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_pass_between_a_task_and_a_thread() {
        let (task, thread) = tokio::io::duplex(16);
        let mut thread = Blocking::new(thread);
        let echo = tokio::task::spawn_blocking(move || {
            let mut read = [0; 5];
            thread.read_exact(&mut read).unwrap();
            thread.write_all(&read).unwrap();
            thread.flush().unwrap();
        });
        let (mut reader, mut writer) = tokio::io::split(task);
        writer.write_all(b"bytes").await.unwrap();
        let mut back = [0; 5];
        reader.read_exact(&mut back).await.unwrap();
        echo.await.unwrap();
        assert_eq!(&back, b"bytes");
    }
}
