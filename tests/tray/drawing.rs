//! The icons as they are drawn, to know again what the tray shows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::desktop::Icon;

/// The names of the drawings in `assets/pixmaps`.
const NAMES: [&str; 13] = [
    "not-configured",
    "stopped",
    "starting",
    "running",
    "unhealthy",
    "stopping",
    "stop-overdue",
    "failed-start",
    "crashed",
    "crash-looping",
    "foreign",
    "unknown",
    "job-failed",
];

/// The name of the drawing that an icon shows.
pub fn name(icon: &Icon) -> Result<&'static str, String> {
    let found = NAMES
        .into_iter()
        .find(|name| drawn(name, icon.width) == *icon);
    found.ok_or_else(|| format!("{icon:?}, which is none of the drawings"))
}

/// The drawing for this size.
fn drawn(name: &str, size: i32) -> Icon {
    let rgba = pixels(&format!("pixmaps/{size}/{name}.png"));
    let pixels = rgba.chunks_exact(4);
    let argb = pixels.flat_map(|pixel| [pixel[3], pixel[0], pixel[1], pixel[2]]);
    Icon {
        width: size,
        height: size,
        argb: argb.collect(),
    }
}

/// Red, green, blue and alpha of each pixel.
fn pixels(file: &str) -> Vec<u8> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let file = BufReader::new(File::open(assets.join(file)).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}
