//! The icons as pixels: one drawing per state, in each size that a panel may want.

use std::io::Cursor;

use anyhow::Context;

use crate::model::screen::icon::Icon;

/// How the icons are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // Each platform uses one of them.
pub enum IconStyle {
    /// Black with transparency: the system colours it to fit the menu bar.
    Template,
    /// In colours that can be seen on a light and on a dark panel.
    Coloured,
}

/// An icon's files.
struct Drawing {
    /// Black, 44×44: the system colours it.
    template: &'static [u8],
    /// In colour, one a size.
    pixmaps: [&'static [u8]; 6],
}

macro_rules! drawing {
    ($name:literal) => {
        Drawing {
            template: include_bytes!(concat!("../../../assets/icons/", $name, ".png")),
            pixmaps: [
                include_bytes!(concat!("../../../assets/pixmaps/16/", $name, ".png")),
                include_bytes!(concat!("../../../assets/pixmaps/22/", $name, ".png")),
                include_bytes!(concat!("../../../assets/pixmaps/24/", $name, ".png")),
                include_bytes!(concat!("../../../assets/pixmaps/32/", $name, ".png")),
                include_bytes!(concat!("../../../assets/pixmaps/44/", $name, ".png")),
                include_bytes!(concat!("../../../assets/pixmaps/48/", $name, ".png")),
            ],
        }
    };
}

fn drawing(icon: Icon) -> Drawing {
    match icon {
        Icon::NotConfigured => drawing!("not-configured"),
        Icon::Stopped => drawing!("stopped"),
        Icon::Starting => drawing!("starting"),
        Icon::Running => drawing!("running"),
        Icon::Unhealthy => drawing!("unhealthy"),
        Icon::Stopping => drawing!("stopping"),
        Icon::StopOverdue => drawing!("stop-overdue"),
        Icon::FailedStart => drawing!("failed-start"),
        Icon::JobFailed => drawing!("job-failed"),
        Icon::Crashed => drawing!("crashed"),
        Icon::CrashLooping => drawing!("crash-looping"),
        Icon::Foreign => drawing!("foreign"),
        Icon::Unknown => drawing!("unknown"),
    }
}

/// Pixels of four bytes: red, green, blue, alpha.
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Row by row from the top.
    pub rgba: Vec<u8>,
}

/// The pictures of an icon in a style, from the smallest.
pub fn pictures(icon: Icon, style: IconStyle) -> anyhow::Result<Vec<Picture>> {
    let drawing = drawing(icon);
    let files = match style {
        IconStyle::Template => vec![drawing.template],
        IconStyle::Coloured => drawing.pixmaps.to_vec(),
    };
    files
        .into_iter()
        .map(|png| decode(png).with_context(|| format!("the icon {icon:?} is damaged")))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of the pixmaps in pixels.
    const SIZES: [u32; 6] = [16, 22, 24, 32, 44, 48];

    fn template(icon: Icon) -> Picture {
        pictures(icon, IconStyle::Template).unwrap().remove(0)
    }

    /// At 16 pixels, over a panel of this grey, without colour: a lightness a pixel.
    fn in_grey(icon: Icon, panel: f64) -> Vec<f64> {
        let picture = &pictures(icon, IconStyle::Coloured).unwrap()[0];
        let grey = |pixel: &[u8]| {
            let [red, green, blue, alpha] = [0, 1, 2, 3].map(|channel| f64::from(pixel[channel]));
            // The weights of ITU-R BT.709.
            let ink = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
            panel + (ink - panel) * alpha / 255.0
        };
        picture.rgba.chunks_exact(4).map(grey).collect()
    }

    /// Moved by so many pixels, with the panel where nothing comes in.
    fn moved(picture: &[f64], panel: f64, dx: i32, dy: i32) -> Vec<f64> {
        (0..16)
            .flat_map(|y| (0..16).map(move |x| (x - dx, y - dy)))
            .map(|(x, y)| {
                let inside = (0..16).contains(&x) && (0..16).contains(&y);
                let index = usize::try_from(y * 16 + x).ok().filter(|_| inside);
                index.map_or(panel, |index| picture[index])
            })
            .collect()
    }

    /// By how many pixels of full contrast two pictures differ, laid over each other as well as
    /// one pixel to any side allows: a drawing that has only moved is not another one.
    fn distance(one: &[f64], other: &[f64], panel: f64, contrast: f64) -> f64 {
        (-1..=1)
            .flat_map(|dx| (-1..=1).map(move |dy| (dx, dy)))
            .map(|(dx, dy)| {
                let other = moved(other, panel, dx, dy);
                let differences = one
                    .iter()
                    .zip(&other)
                    .map(|(one, other)| (one - other).abs());
                differences.sum::<f64>() / contrast
            })
            .fold(f64::INFINITY, f64::min)
    }

    fn pairs() -> impl Iterator<Item = (Icon, Icon)> {
        let all = Icon::ALL.into_iter().enumerate();
        all.flat_map(|(index, one)| {
            Icon::ALL[index + 1..]
                .iter()
                .map(move |other| (one, *other))
        })
    }

    #[test]
    fn every_icon_is_there_in_every_size() {
        for icon in Icon::ALL {
            let pictures = pictures(icon, IconStyle::Coloured).unwrap();
            let sizes: Vec<_> = pictures.iter().map(|one| (one.width, one.height)).collect();

            assert_eq!(sizes, SIZES.map(|size| (size, size)), "{icon:?}");
            assert_eq!(
                (template(icon).width, template(icon).height),
                (44, 44),
                "{icon:?}"
            );
        }
    }

    #[test]
    fn no_two_icons_are_alike_at_16_pixels_in_grey_on_a_light_and_on_a_dark_panel() {
        // A twentieth of the picture, or 13 pixels that are ink in one and panel in the other:
        // the size of a badge.
        const LEAST: f64 = 16.0 * 16.0 / 20.0;
        for panel in [f64::from(0xf5_u8), f64::from(0x2e_u8)] {
            let contrast = (panel - f64::from(0x8a_u8)).abs();
            for (one, other) in pairs() {
                let (first, second) = (in_grey(one, panel), in_grey(other, panel));
                let distance = distance(&first, &second, panel, contrast);

                assert!(
                    distance >= LEAST,
                    "{one:?} {other:?} on {panel}: {distance}"
                );
            }
        }
    }

    #[test]
    fn no_two_templates_are_alike_by_their_shape_alone() {
        const LEAST: f64 = 16.0 * 16.0 / 20.0;
        // 44 pixels brought down to 16: each of them to where most of it lies.
        let ink = |icon| {
            let mut sums = vec![0.0; 256];
            for (index, pixel) in template(icon).rgba.chunks_exact(4).enumerate() {
                let (x, y) = (index % 44 * 16 / 44, index / 44 * 16 / 44);
                sums[y * 16 + x] += f64::from(pixel[3]);
            }
            let full = 255.0 * 44.0 * 44.0 / 256.0;
            sums.iter()
                .map(|sum| f64::round(sum / full))
                .collect::<Vec<_>>()
        };
        for (one, other) in pairs() {
            let distance = distance(&ink(one), &ink(other), 0.0, 1.0);

            assert!(distance >= LEAST, "{one:?} {other:?}: {distance}");
        }
    }

    #[test]
    fn every_icon_can_be_seen_on_a_light_and_on_a_dark_panel() {
        // WCAG 2.1, 1.4.11: a contrast of 3 for what has to be seen.
        let linear = |grey: f64| (grey / 255.0).powf(2.2);
        for panel in [f64::from(0xf5_u8), f64::from(0x2e_u8)] {
            for icon in Icon::ALL {
                let seen = in_grey(icon, panel).into_iter().filter(|grey| {
                    let (one, other) = (linear(*grey) + 0.05, linear(panel) + 0.05);
                    one.max(other) / one.min(other) >= 3.0
                });

                let seen = seen.count();
                assert!((16..200).contains(&seen), "{icon:?} on {panel}: {seen}");
            }
        }
    }

    #[test]
    fn a_template_is_black_and_nothing_else() {
        for icon in Icon::ALL {
            let is_black = |pixel: &[u8]| pixel[3] == 0 || pixel[..3] == [0, 0, 0];

            assert!(
                template(icon).rgba.chunks_exact(4).all(is_black),
                "{icon:?}"
            );
        }
    }

    #[test]
    fn every_icon_has_a_file_of_its_name_in_a_theme() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/icons");
        for icon in Icon::ALL {
            let file = folder.join(format!("{}.svg", icon.themed()));

            assert!(file.is_file(), "{}", file.display());
        }
    }
}
