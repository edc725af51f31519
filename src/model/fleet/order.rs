//! The order of a start: who waits for whom. A daemon is its number in the list, and `after` has the
//! numbers of those that it needs.

/// A circle of daemons that wait for each other, from one of them to itself; nothing where there is
/// none.
pub fn circle(after: &[Vec<usize>]) -> Option<Vec<usize>> {
    let rest = unlayered(after, &layers(after));
    let mut path = vec![*rest.first()?];
    loop {
        let at = path[path.len() - 1];
        // Whoever is in no layer needs somebody who is in none.
        let next = *after[at].iter().find(|needed| rest.contains(needed))?;
        if let Some(begin) = path.iter().position(|one| *one == next) {
            path.drain(..begin);
            path.push(next);
            return Some(path);
        }
        path.push(next);
    }
}

/// The daemons in layers: each needs only what is in a layer before its own, and stands in the
/// first for which that holds. Whoever is in a circle, or needs one that is, is in none.
pub fn layers(after: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut layers: Vec<Vec<usize>> = Vec::new();
    let mut placed = vec![false; after.len()];
    loop {
        let is_next =
            |one: &usize| !placed[*one] && after[*one].iter().all(|needed| placed[*needed]);
        let layer: Vec<usize> = (0..after.len()).filter(is_next).collect();
        if layer.is_empty() {
            return layers;
        }
        for one in &layer {
            placed[*one] = true;
        }
        layers.push(layer);
    }
}

fn unlayered(after: &[Vec<usize>], layers: &[Vec<usize>]) -> Vec<usize> {
    let is_left = |one: &usize| !layers.iter().flatten().any(|placed| placed == one);
    (0..after.len()).filter(is_left).collect()
}

/// Whoever needs one of these, directly or through others, without these themselves.
pub fn dependents(after: &[Vec<usize>], of: &[usize]) -> Vec<usize> {
    let mut found = of.to_vec();
    loop {
        let needs = |one: &usize| {
            !found.contains(one) && after[*one].iter().any(|needed| found.contains(needed))
        };
        let more: Vec<usize> = (0..after.len()).filter(needs).collect();
        if more.is_empty() {
            found.retain(|one| !of.contains(one));
            found.sort_unstable();
            return found;
        }
        found.extend(more);
    }
}

/// These, and whatever they need, directly or through others.
pub fn needed(after: &[Vec<usize>], of: &[usize]) -> Vec<usize> {
    let mut all = of.to_vec();
    let mut at = 0;
    while at < all.len() {
        let new = after[all[at]]
            .iter()
            .copied()
            .filter(|one| !all.contains(one));
        let new: Vec<usize> = new.collect();
        all.extend(new);
        at += 1;
    }
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_diamond_has_three_layers() {
        let after = [vec![], vec![0], vec![0], vec![1, 2]];

        assert_eq!(layers(&after), [vec![0], vec![1, 2], vec![3]]);
        assert_eq!(circle(&after), None);
        assert_eq!(dependents(&after, &[1]), [3]);
        assert_eq!(dependents(&after, &[0]), [1, 2, 3]);
    }

    #[test]
    fn a_circle_is_said_from_one_of_it_to_itself() {
        assert_eq!(circle(&[vec![1], vec![0]]), Some(vec![0, 1, 0]));
        assert_eq!(circle(&[vec![0]]), Some(vec![0, 0]));
        // The first needs the circle and is not in it.
        assert_eq!(circle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2, 1]));
    }

    proptest! {
        #[test]
        fn layers_respect_every_need(
            edges in proptest::collection::vec((0..12usize, 0..12usize), 0..40),
        ) {
            let mut after = vec![Vec::new(); 12];
            for (one, needed) in edges {
                after[one].push(needed);
            }
            let layers = layers(&after);
            let layer_of = |one| layers.iter().position(|layer| layer.contains(&one));
            for (one, needed) in after.iter().enumerate() {
                for needed in needed {
                    if let Some(layer) = layer_of(one) {
                        prop_assert!(layer_of(*needed).is_some_and(|before| before < layer));
                    }
                }
            }
            let all_placed = layers.iter().flatten().count() == after.len();
            prop_assert_eq!(circle(&after).is_none(), all_placed);
            if let Some(circle) = circle(&after) {
                prop_assert_eq!(circle.first(), circle.last());
                for pair in circle.windows(2) {
                    prop_assert!(after[pair[0]].contains(&pair[1]));
                }
            }
        }
    }
}
