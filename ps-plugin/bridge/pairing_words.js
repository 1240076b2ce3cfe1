"use strict";

/**
 * The words that panel and bridge show while they are paired: short, common, and no two begin with
 * the same three letters. bridge/access/pairing_words.txt has the same in the same order; a test says so.
 */

const WORDS = (
  "acorn album anchor angle apple apron arch arrow artist atlas autumn bacon bagel bakery " +
  "ballet bamboo banana barn basil beach beetle berry bicycle birch blanket blossom boat " +
  "bottle branch bread bridge broom brush bubble bucket bulb butter cabin cactus camel candle " +
  "carpet castle cat cedar chalk cheese chimney church cinema circus cliff clock cobweb " +
  "coconut coffee comet copper coral cotton cowboy crab cricket cup curtain daisy dance desk " +
  "diamond dinner dolphin donkey door dragon drum duck dust eagle echo elbow engine falcon " +
  "farm feather fence field finger fire fish flag flute forest fox frog fruit galaxy garden " +
  "gate giraffe glass globe gold goose grape guitar hammer harbor hawk helmet hill honey " +
  "horse hotel igloo ink iron island ivory jacket jelly jewel jungle kayak kettle kitchen " +
  "knight koala ladder lake lantern leaf lemon leopard letter lily lion lizard llama lobster " +
  "lunch magnet mango map marble meadow mirror moon moss mouse museum napkin needle nest " +
  "north oak oasis ocean octopus olive onion orange otter oven owl oyster paddle palace " +
  "pancake paper parrot pearl pebble pencil pepper piano picnic pigeon pillow pirate planet " +
  "plum pocket poem pond pumpkin puppet puzzle pyramid queen quilt rabbit radio rain raven " +
  "ribbon rice ring river robin roof rose ruby sailor salad scarf sheep shoe silver sky sled " +
  "snow soap sofa spider spoon spring squid stairs stone street sugar sun swan table teapot " +
  "temple tent thunder ticket tiger toast tomato torch tower tree trumpet tulip tunnel turtle " +
  "valley village violin volcano waffle wagon walnut water whale wheat window wolf wood yacht " +
  "yogurt zebra zipper"
).split(" ");

module.exports = { WORDS };
