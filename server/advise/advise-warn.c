/* advise-warn.c - The warnings of posternd --check alone, after a reload.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <stdlib.h>
#include <string.h>

#define WARNING "Warning: "


void
advise_warnings (config_t config, void (*tell) (const char *text))
{
  char *text = NULL, *line, *save = NULL;
  size_t len = 0;
  int warnings;
  FILE *fp = open_memstream (&text, &len);

  if (!fp)
    return;
  advise_report (config, getenv ("SSH_CONNECTION"), time (NULL), fp,
                 &warnings);
  if (!fclose (fp))
    for (line = strtok_r (text, "\n", &save); line;
         line = strtok_r (NULL, "\n", &save))
      if (!strncmp (line, WARNING, strlen (WARNING)))
        tell (line + strlen (WARNING));
  free (text);
}
