//! The icons: one silhouette a state, decoded once.

use std::io::Cursor;

use anyhow::Context;
use tray_icon::Icon;

use super::event_loop::IconStyle;
use crate::model::life::status::State;

/// The icon of every state.
pub struct Icons(Vec<(State, Icon)>);

impl Icons {
    /// Decodes the pictures that are built in.
    pub fn decode(style: IconStyle) -> anyhow::Result<Self> {
        State::ALL
            .into_iter()
            .map(|state| {
                let icon = icon(picture(state), style)
                    .with_context(|| format!("the icon for '{}' is damaged", state.word()))?;
                Ok((state, icon))
            })
            .collect::<anyhow::Result<_>>()
            .map(Self)
    }

    /// The icon of a state.
    pub fn of(&self, state: State) -> Option<Icon> {
        self.0
            .iter()
            .find(|(of, _)| *of == state)
            .map(|(_, icon)| icon.clone())
    }
}

/// The silhouette of a state: black, 44×44, told apart by its shape alone.
fn picture(state: State) -> &'static [u8] {
    match state {
        State::NotConfigured => include_bytes!("../../../assets/icons/not-configured.png"),
        State::Stopped => include_bytes!("../../../assets/icons/stopped.png"),
        State::Starting => include_bytes!("../../../assets/icons/starting.png"),
        State::Running => include_bytes!("../../../assets/icons/running.png"),
        State::Unhealthy => include_bytes!("../../../assets/icons/unhealthy.png"),
        State::Stopping => include_bytes!("../../../assets/icons/stopping.png"),
        State::Crashed => include_bytes!("../../../assets/icons/crashed.png"),
        State::CrashLooping => include_bytes!("../../../assets/icons/crash-looping.png"),
        State::Foreign => include_bytes!("../../../assets/icons/foreign.png"),
        State::Unknown => include_bytes!("../../../assets/icons/unknown.png"),
    }
}

/// The tile that a white picture stands on.
const TILE: &[u8] = include_bytes!("../../../assets/tile.png");

fn icon(png: &[u8], style: IconStyle) -> anyhow::Result<Icon> {
    let picture = match style {
        IconStyle::Template => decode(png)?,
        IconStyle::OnTile => on_tile(&decode(png)?, decode(TILE)?),
    };
    Ok(Icon::from_rgba(
        picture.rgba,
        picture.width,
        picture.height,
    )?)
}

/// Pixels of four bytes: red, green, blue, alpha.
struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

fn decode(png: &[u8]) -> anyhow::Result<Picture> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info()?;
    let (width, height) = reader.info().size();
    anyhow::ensure!(
        reader.output_color_type() == (png::ColorType::Rgba, png::BitDepth::Eight),
        "it is not an RGBA picture with 8 bits"
    );
    let mut rgba = vec![0; reader.output_buffer_size().context("it is too large")?];
    reader.next_frame(&mut rgba)?;
    Ok(Picture {
        width,
        height,
        rgba,
    })
}

/// Paints a silhouette onto the tile, in white.
fn on_tile(silhouette: &Picture, mut tile: Picture) -> Picture {
    let pixels = tile.rgba.chunks_exact_mut(4);
    for (pixel, ink) in pixels.zip(silhouette.rgba.chunks_exact(4)) {
        for channel in &mut pixel[..3] {
            // The tile is nearly black: white ink covers it as far as it is the lighter one.
            *channel = (*channel).max(ink[3]);
        }
    }
    tile
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The pixels that are more ink than not, at the 22 pixels that a panel has for an icon:
    /// what is left of a picture without colour and without soft edges.
    type Ink = HashSet<(i32, i32)>;

    const SIDE: i32 = 22;
    const PIXELS: usize = 22 * 22;

    /// The pictures have twice the size, so that four pixels become one.
    fn ink(state: State) -> Ink {
        let picture = decode(picture(state)).unwrap();
        assert_eq!((picture.width, picture.height), (44, 44), "{state:?}");
        let mut sums = [0; PIXELS];
        for (index, pixel) in picture.rgba.chunks_exact(4).enumerate() {
            let (x, y) = (index % 44 / 2, index / 44 / 2);
            sums[y * 22 + x] += u32::from(pixel[3]);
        }
        (0..SIDE)
            .flat_map(|y| (0..SIDE).map(move |x| (x, y)))
            .zip(sums)
            .filter(|(_, sum)| *sum >= 4 * 128)
            .map(|(place, _)| place)
            .collect()
    }

    /// In how many pixels two pictures differ when they are laid over each other as well as
    /// one pixel to any side allows: a silhouette that has only moved is not another one.
    fn distance(one: &Ink, other: &Ink) -> usize {
        (-1..=1)
            .flat_map(|dx| (-1..=1).map(move |dy| (dx, dy)))
            .map(|(dx, dy)| other.iter().map(|(x, y)| (x + dx, y + dy)).collect())
            .map(|moved: Ink| one.symmetric_difference(&moved).count())
            .min()
            .unwrap()
    }

    #[test]
    fn every_state_has_an_icon_in_every_style() {
        for style in [IconStyle::Template, IconStyle::OnTile] {
            let icons = Icons::decode(style).unwrap();

            for state in State::ALL {
                assert!(icons.of(state).is_some(), "{state:?} {style:?}");
            }
        }
    }

    #[test]
    fn no_two_states_are_alike_at_the_size_of_a_panel_and_without_colour() {
        // A tenth of the picture, or 7 by 7 pixels: the size of the sign inside a ring. What
        // differs by less differs in a detail, and is not told apart at a glance.
        const LEAST: usize = PIXELS / 10;
        for (index, state) in State::ALL.into_iter().enumerate() {
            for other in &State::ALL[index + 1..] {
                let distance = distance(&ink(state), &ink(*other));

                assert!(distance >= LEAST, "{state:?} {other:?}: {distance} pixels");
            }
        }
    }

    #[test]
    fn every_state_has_enough_ink_to_be_seen_and_enough_gaps_to_be_read() {
        for state in State::ALL {
            let ink = ink(state).len();

            assert!(
                (PIXELS / 8..PIXELS / 2).contains(&ink),
                "{state:?}: {ink} of {PIXELS} pixels"
            );
        }
    }

    #[test]
    fn a_template_is_black_and_nothing_else() {
        for state in State::ALL {
            let picture = decode(picture(state)).unwrap();
            let is_black = |pixel: &[u8]| pixel[3] == 0 || pixel[..3] == [0, 0, 0];

            assert!(picture.rgba.chunks_exact(4).all(is_black), "{state:?}");
        }
    }

    #[test]
    fn what_is_white_on_the_tile_has_the_tile_behind_it() {
        let bare = decode(TILE).unwrap();
        for state in State::ALL {
            let silhouette = decode(picture(state)).unwrap();
            let painted = on_tile(&silhouette, decode(TILE).unwrap());

            let pixels = painted.rgba.chunks_exact(4).zip(bare.rgba.chunks_exact(4));
            for ((pixel, tile), ink) in pixels.zip(silhouette.rgba.chunks_exact(4)) {
                match ink[3] {
                    0 => assert_eq!(pixel, tile, "{state:?}"),
                    255 => assert_eq!(pixel, [255; 4], "{state:?}"),
                    _ => assert_eq!(tile[3], 255, "{state:?}"),
                }
            }
        }
        // 4.5 is what WCAG 2.1 asks of text; white on the tile has more than 15, whatever the
        // panel behind it is.
        let tile = &bare.rgba[4 * (22 * 44 + 22)..][..3];
        assert!(tile.iter().all(|channel| *channel <= 0x20), "{tile:?}");
    }
}
