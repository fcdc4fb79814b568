/* console-json.c - Asking a running posternd for one JSON object.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "console-json.h"


/* Of several lines the last one counts.  */
static gpg_error_t
keep_object (void *hook, const char *line)
{
  json_t **r_object = hook;

  json_decref (*r_object);
  *r_object = json_loads (line, 0, NULL);
  return *r_object ? 0 : gpg_error (GPG_ERR_INV_RESPONSE);
}


gpg_error_t
console_ask_json (console_t console, const char *command, json_t **r_object)
{
  gpg_error_t err;

  *r_object = NULL;
  err = console_ask (console, command, keep_object, r_object, NULL);
  if (err)
    {
      json_decref (*r_object);
      *r_object = NULL;
    }
  return err;
}
