/* door-list.h - postern-keys door list.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_DOOR_LIST_H
#define POSTERN_KEYS_DOOR_LIST_H

#include <stdbool.h>

/* Print the doors of the configuration in DIR, as a table or as JSON, with the
   packets that a running posternd has counted.  Returns an exit code.  */
int door_list (const char *dir, bool json);

#endif /*POSTERN_KEYS_DOOR_LIST_H*/
