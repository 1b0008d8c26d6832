/** Which picture stands for which product; whatever has none comes in a parcel. */

const ART = {
  "TEA-EARL-GREY": "tea",
  "MUG-BLUE": "mug",
  "KETTLE-STEEL": "kettle",
  "LAST-ONE": "teapot",
  SCARCE: "jar",
  "SOLD-OUT": "biscuits",
};

export function artOf(sku) {
  return `art/${ART[sku] ?? "parcel"}.svg`;
}
