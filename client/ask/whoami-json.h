/* whoami-json.h - What a server says a person may do, as data.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_WHOAMI_JSON_H
#define POSTERN_CLIENT_WHOAMI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/* Put user, rules, commands and access-ends into OBJECT, out of the LEN
   bytes at TEXT, and "whole": whether all of it is in there.  */
void whoami_json (json_t *object, const char *text, size_t len);

#endif /*POSTERN_CLIENT_WHOAMI_JSON_H*/
