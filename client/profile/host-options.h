/* host-options.h - The options of a host: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reading, writing, precedence, and the test of the manual all
 * walk it: to add an option, add a row.  */

#ifndef POSTERN_CLIENT_HOST_OPTIONS_H
#define POSTERN_CLIENT_HOST_OPTIONS_H

#include "../../common/conf/conf.h"
#include "profile.h"

/* Of struct profile_host: all, after the title; what the file of a host may
   have; what a person may set for one host or, with some more, by
   default.  */
extern const struct conf_option host_options[];
extern const struct conf_option host_options_joined[];
extern const struct conf_option host_options_settings[];
extern const struct conf_option host_options_default[];

/* Give TO what FROM has for OPTION, if it is given.  */
void host_option_copy (const struct conf_option *option,
                       struct profile_host *to,
                       const struct profile_host *from);

/* Make OPTION of HOST one that is not given.  */
void host_option_clear (const struct conf_option *option,
                        struct profile_host *host);

#endif /*POSTERN_CLIENT_HOST_OPTIONS_H*/
