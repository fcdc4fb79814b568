/* console-json.h - Asking a running posternd for one JSON object.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_CONSOLE_JSON_H
#define POSTERN_CONSOLE_JSON_H

#include <jansson.h>
#include "console.h"

/* As console_ask for a COMMAND whose answer is one line: *R_OBJECT is that,
   to be released; NULL where there was none, or on an error.
   GPG_ERR_INV_RESPONSE for a line that is not JSON.  */
gpg_error_t console_ask_json (console_t console, const char *command,
                              json_t **r_object);

#endif /*POSTERN_CONSOLE_JSON_H*/
