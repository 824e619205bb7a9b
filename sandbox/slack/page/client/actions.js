// Runs a person's action: shows a refusal as a notice, and refreshes the screen afterwards.

import { toast } from "./toasts.js";

let refresh = () => {};

export function whenDone(look) {
  refresh = look;
}

export async function doing(work) {
  try {
    return await work();
  } catch (error) {
    return toast(error.message);
  } finally {
    refresh();
  }
}
