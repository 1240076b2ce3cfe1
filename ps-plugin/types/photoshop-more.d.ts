/** What Adobe documents and @types/photoshop 25 does not know yet. */

import "photoshop/dom/CoreModules";

declare module "photoshop/dom/CoreModules" {
  interface ExecuteAsModalOptions {
    /** Seconds to try again while the host is busy; 25.10. */
    timeOut?: number;
  }
}
