//! Random schemas, values and edits from one seed. All definitions are well formed: what is wrong
//! with a definition has its own tests.

use bowline_schema::check::check_field;
use bowline_schema::{AssetKind, Component, Field, Kind, Range, TextPurpose, Words};
use serde_json::{Map, Value, json};

/// A stream of random numbers (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

const NAMES: [&str; 8] = ["a", "bold", "cast", "depth", "edge", "fog", "glow", "hinge"];
const VARIANTS: [&str; 5] = ["shut", "open", "ajar", "locked", "gone"];

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    pub(crate) fn chance(&mut self, of: usize) -> bool {
        self.roll(of) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = self.roll(from.len());
        from[at].clone()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let with = self.roll(at + 1);
            items.swap(at, with);
        }
    }

    pub(crate) fn component(&mut self, slug: &str) -> Component {
        let (component, problems) = Component::parse(slug, 1, &json!({ "fields": [] }));
        assert_eq!(problems, []);
        let mut component = Component { fields: self.fields(0), ..component };
        component.label = self.words();
        component.icon = self.chance(4).then(|| "cube".to_owned());
        component.deprecated = self.chance(6).then(|| self.pick(&["", "use another"]).to_owned());
        component
    }

    fn words(&mut self) -> Option<Words> {
        match self.roll(4) {
            0 => Some(Words::Id(self.roll(1000) as u32 + 1)),
            1 => Some(Words::Text("a \"word\"\n*/ --]] é".to_owned())),
            _ => None,
        }
    }

    fn fields(&mut self, depth: usize) -> Vec<Field> {
        let mut names = NAMES.to_vec();
        self.shuffle(&mut names);
        names.truncate(self.roll(5));
        names.into_iter().map(|name| self.field(name, depth)).collect()
    }

    pub(crate) fn field(&mut self, name: &str, depth: usize) -> Field {
        let mut field = Field::new(name, self.kind(depth));
        field.optional = self.chance(4);
        if field.kind.numbers().is_some() && self.chance(2) {
            field.range = self.range();
        }
        let needed = !check_field(&field.initial(), &field).is_empty();
        if needed || self.chance(2) {
            field.default = Some(self.value(&field));
        }
        field.unit = self.chance(4).then(|| self.pick(&["m", "deg"]).to_owned());
        field.doc = self.words();
        field.order = self.chance(8).then(|| self.roll(9) as i32 - 4);
        field.unique = depth == 0 && self.chance(12);
        field.index = depth == 0 && self.chance(8);
        field
    }

    pub(crate) fn range(&mut self) -> Range {
        let mut bound = |low: i32| self.chance(2).then(|| f64::from(low + self.roll(3) as i32));
        Range { min: bound(-4), max: bound(2), step: bound(1) }
    }

    pub(crate) fn kind(&mut self, depth: usize) -> Kind {
        let plain = [Kind::Bool, Kind::I32, Kind::I64, Kind::F32, Kind::F64, Kind::Vec2, Kind::Vec3];
        let more = [Kind::Vec4, Kind::Quat, Kind::Color, Kind::StringId, Kind::Entity, Kind::Json];
        match self.roll(if depth < 2 { 8 } else { 6 }) {
            0 => self.pick(&more),
            1 => Kind::Text { purpose: TextPurpose::Debug },
            2 => Kind::Asset { kinds: [AssetKind::Model, AssetKind::Audio][..self.roll(3)].to_vec() },
            3 => {
                let count = self.roll(VARIANTS.len()) + 1;
                Kind::Enum { variants: VARIANTS[..count].iter().map(|it| (*it).to_owned()).collect() }
            }
            6 => {
                let max = self.chance(2).then(|| self.roll(4) as u32);
                Kind::List { of: Box::new(self.kind(depth + 1)), max }
            }
            7 => Kind::Struct { fields: self.fields(depth + 1) },
            _ => self.pick(&plain),
        }
    }

    /// A value that `field` may hold.
    pub(crate) fn value(&mut self, field: &Field) -> Value {
        if field.optional && self.chance(4) {
            return Value::Null;
        }
        // Whole numbers from -4 to 4, some of which every range holds.
        let mut number = || loop {
            let number = self.roll(9) as i64 - 4;
            if field.range.holds(number as f64) {
                return json!(number);
            }
        };
        match field.kind.numbers() {
            Some(1) => number(),
            Some(count) => (0..count).map(|_| number()).collect(),
            None => self.other(&field.kind),
        }
    }

    fn other(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Bool => json!(self.chance(2)),
            Kind::Quat => self.pick(&[json!([0, 0, 0, 1]), json!([0, 0.6, 0, 0.8])]),
            Kind::Color => self.pick(&[json!("#ff8800"), json!("tomato")]),
            Kind::Enum { variants } => json!(self.pick(variants)),
            Kind::StringId => json!(self.roll(9)),
            Kind::Text { .. } => self.pick(&[json!(""), json!("text")]),
            Kind::Asset { kinds } if kinds.is_empty() => json!("asset://a.png"),
            Kind::Asset { kinds } => json!(format!("asset://a.{}", self.pick(kinds).extensions()[0])),
            Kind::Entity => self.pick(&[Value::Null, json!("e7")]),
            Kind::List { of, max } => {
                let count = self.roll(max.map_or(3, |it| it as usize + 1));
                let item = Field::new("item", (**of).clone());
                (0..count).map(|_| self.value(&item)).collect()
            }
            Kind::Struct { fields } => Value::Object(self.row(fields)),
            Kind::Json => self.pick(&[Value::Null, json!({"any": [1, "thing"]}), json!(0.5)]),
            numbers => self.value(&Field::new("number", numbers.clone())),
        }
    }

    /// What an entity might hold: some fields said, some not.
    pub(crate) fn row(&mut self, fields: &[Field]) -> Map<String, Value> {
        let mut row = Map::new();
        for field in fields {
            if !self.chance(4) {
                row.insert(field.name.clone(), self.value(field));
            }
        }
        row
    }

    /// `fields` after one edit a person might make.
    pub(crate) fn edit(&mut self, fields: &mut Vec<Field>, depth: usize) {
        if fields.is_empty() || self.chance(4) {
            return self.add(fields, depth);
        }
        let at = self.roll(fields.len());
        if let (Kind::Struct { fields: inner }, true) = (&mut fields[at].kind, self.chance(2)) {
            return self.edit(inner, depth + 1);
        }
        match self.roll(16) {
            0 => drop(fields.remove(at)),
            1 => fields[at].name = self.pick(&NAMES).to_owned(),
            2 => self.alias(fields, at),
            3 => self.shuffle(fields),
            4 => fields[at] = self.field(&fields[at].name.clone(), depth),
            5 => fields[at].default = Some(self.value(&fields[at].clone())),
            6 => fields[at].default = None,
            7 => fields[at].optional = !fields[at].optional,
            8 if depth == 0 => fields[at].unique = !fields[at].unique,
            9 if depth == 0 => fields[at].index = !fields[at].index,
            10 => fields[at].doc = self.words(),
            11 => fields[at].deprecated = Some(String::new()),
            12 => fields[at].unit = self.chance(2).then(|| self.pick(&["m", "deg"]).to_owned()),
            13 => fields[at].range = self.range(),
            _ => self.resize(&mut fields[at].kind),
        }
    }

    fn add(&mut self, fields: &mut Vec<Field>, depth: usize) {
        let name = self.pick(&NAMES);
        let field = self.field(name, depth);
        let at = self.roll(fields.len() + 1);
        fields.insert(at, field);
    }

    fn alias(&mut self, fields: &mut Vec<Field>, at: usize) {
        fields[at].deprecated = Some(String::new());
        let alias_of = Some(fields[at].name.clone());
        let name = self.pick(&NAMES).to_owned();
        let mut alias = Field { name, alias_of, deprecated: None, ..fields[at].clone() };
        if self.chance(3) {
            alias.range = self.range();
        }
        fields.push(alias);
    }

    fn resize(&mut self, kind: &mut Kind) {
        match kind {
            Kind::Enum { variants } if self.chance(2) && variants.len() > 1 => drop(variants.pop()),
            Kind::Enum { variants } if self.chance(4) => variants.reverse(),
            Kind::Enum { variants } => variants.push("new".to_owned()),
            Kind::List { max, .. } => *max = self.chance(3).then(|| self.roll(4) as u32),
            Kind::Asset { kinds } => *kinds = [AssetKind::Model, AssetKind::Audio][..self.roll(3)].to_vec(),
            Kind::I32 => *kind = Kind::I64,
            Kind::F32 => *kind = Kind::F64,
            Kind::Text { purpose } => *purpose = TextPurpose::Script,
            _ => (),
        }
    }
}
