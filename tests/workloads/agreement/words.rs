// SPDX-License-Identifier: GPL-2.0-or-later
// Never run: Rust with much of its standard library, generic code and closures, for names and
// lines to be compared of it.
use std::collections::HashMap;
use std::{env, fs};

trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String {
        format!("shape of {:.3}", self.area())
    }
}

struct Circle(f64);
struct Polygon<const N: usize>([(f64, f64); N]);

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.0 * self.0 * std::f64::consts::PI
    }
}

impl<const N: usize> Shape for Polygon<N> {
    fn area(&self) -> f64 {
        let next = self.0.iter().cycle().skip(1);
        self.0.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>().abs() / 2.0
    }
}

fn count(words: &[String]) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut list: Vec<_> = counts.into_iter().collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    list.iter().map(|(word, n)| format!("{word} {n}\n")).collect()
}

fn read(path: &str) -> Result<Vec<String>, std::io::Error> {
    let text = fs::read_to_string(path)?;
    Ok(text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect())
}

fn main() {
    for path in env::args().skip(1) {
        match read(&path) {
            Ok(words) => println!("{}", count(&words)),
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
    let shapes: [Box<dyn Shape>; 2] =
        [Box::new(Circle(2.0)), Box::new(Polygon([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]))];
    let names: Vec<String> = shapes.iter().map(|shape| shape.name()).collect();
    println!("{}", count(&names));
}
