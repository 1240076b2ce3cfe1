"use strict";
// The first script of the panel's own page: the studio gives this window its `require`.

window.parent["pentimentoEnter"](window);
