/* ctl-source.h - The lines of an audit's chain, wherever they come from.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CTL_SOURCE_H
#define POSTERN_CTL_SOURCE_H

#include <stdio.h>
#include "posternctl.h"
#include "../store/store.h"

/* Where rows come from: the running posternd, a file, or a copy of its
   store.  */
struct ctl_source
{
  const struct ctl_options *opt;
  console_t console;            /* NULL: FP or STORE.  */
  const char *name;
  FILE *fp;
  store_t store;                /* NULL: the file is not a copy of one.  */
};

/* Open the file NAME ("-" is stdin), or if it is NULL the running posternd.
   Errors are logged.  */
gpg_error_t ctl_source_open (const struct ctl_options *opt, const char *name,
                             struct ctl_source *source);
void ctl_source_close (struct ctl_source *source);

/* Call LINE for each line of SOURCE, until it returns an error.  Errors are
   logged.  GPG_ERR_BAD_DATA if SOURCE is not complete.  */
gpg_error_t ctl_source_read (struct ctl_source *source, console_line_t line,
                             void *hook);

#endif /*POSTERN_CTL_SOURCE_H*/
