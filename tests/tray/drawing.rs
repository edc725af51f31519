//! The icons as they are drawn, to know again what the tray shows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::desktop::Icon;

/// The names of the drawings in `assets/icons`, one a state.
const NAMES: [&str; 10] = [
    "not-configured",
    "stopped",
    "starting",
    "running",
    "unhealthy",
    "stopping",
    "crashed",
    "crash-looping",
    "foreign",
    "unknown",
];

/// The name of the drawing that an icon shows.
pub fn name(icon: &Icon) -> Result<&'static str, String> {
    let found = NAMES.into_iter().find(|name| drawn(name) == *icon);
    found.ok_or_else(|| format!("{icon:?}, which is none of the drawings"))
}

/// The drawing in white on the dark tile, as a panel of any colour gets it.
fn drawn(name: &str) -> Icon {
    let ink = pixels(&format!("icons/{name}.png"));
    let tile = pixels("tile.png");
    let pairs = ink.chunks_exact(4).zip(tile.chunks_exact(4));
    let argb = pairs.flat_map(|(ink, tile)| {
        let [red, green, blue] = [0, 1, 2].map(|channel| tile[channel].max(ink[3]));
        [tile[3], red, green, blue]
    });
    Icon {
        width: 44,
        height: 44,
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
