//! Medians, least squares and the like.

/// The middle one; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The least: what it costs when nothing else runs.
pub(crate) fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The straight line through points `(x, y)`: its value at 0, its slope, and R².
pub(crate) fn line(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let xx: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let xy: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let yy: f64 = points.iter().map(|point| (point.1 - y).powi(2)).sum();
    let slope = xy / xx;
    (y - slope * x, slope, xy * xy / (xx * yy))
}

/// The exponent of the whole time over a growing room: 1 + the slope of the cost of one operation, both logarithmic.
pub(crate) fn exponent(costs: &[(f64, f64)]) -> f64 {
    let logarithms: Vec<(f64, f64)> = costs.iter().map(|(size, cost)| (size.ln(), cost.ln())).collect();
    1.0 + line(&logarithms).1
}
