// What a person does: the sandbox's refusal is shown, and whatever came of it is looked at.

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
