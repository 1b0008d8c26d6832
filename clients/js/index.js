export {
  OrderbusError,
  OrderRefused,
  TrackingRefused,
  Unanswered,
  Unsupported,
} from "./src/errors.js";
export { Orderbus } from "./src/orderbus.js";
