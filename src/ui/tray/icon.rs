//! The icons: one silhouette a state, decoded once.

use std::io::Cursor;

use anyhow::Context;
use tray_icon::Icon;

use super::event_loop::IconStyle;
use crate::model::status::State;

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

/// The picture of a state: black, 44×44, told apart by its outline alone.
fn picture(state: State) -> &'static [u8] {
    match state {
        State::NotConfigured => include_bytes!("../../../assets/icons/not-configured.png"),
        State::Stopped => include_bytes!("../../../assets/icons/stopped.png"),
        State::Starting => include_bytes!("../../../assets/icons/starting.png"),
        State::Running => include_bytes!("../../../assets/icons/running.png"),
        State::Unhealthy => include_bytes!("../../../assets/icons/unhealthy.png"),
        State::Stopping => include_bytes!("../../../assets/icons/stopping.png"),
        State::Crashed => include_bytes!("../../../assets/icons/crashed.png"),
        State::Foreign => include_bytes!("../../../assets/icons/foreign.png"),
        State::Unknown => include_bytes!("../../../assets/icons/unknown.png"),
    }
}

fn icon(png: &[u8], style: IconStyle) -> anyhow::Result<Icon> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info()?;
    let (width, height) = reader.info().size();
    anyhow::ensure!(
        reader.output_color_type() == (png::ColorType::Rgba, png::BitDepth::Eight),
        "it is not an RGBA picture with 8 bits"
    );
    let mut rgba = vec![0; reader.output_buffer_size().context("it is too large")?];
    reader.next_frame(&mut rgba)?;
    match style {
        IconStyle::Template => {}
        IconStyle::Tinted(color) => {
            for pixel in rgba.chunks_exact_mut(4) {
                pixel[..3].copy_from_slice(&color);
            }
        }
    }
    Ok(Icon::from_rgba(rgba, width, height)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_an_icon_of_its_own() {
        Icons::decode(IconStyle::Template).unwrap();
        Icons::decode(IconStyle::Tinted([64, 132, 196])).unwrap();

        for (index, state) in State::ALL.into_iter().enumerate() {
            for other in &State::ALL[index + 1..] {
                assert_ne!(picture(state), picture(*other), "{state:?} {other:?}");
            }
        }
    }
}
