/* confirm.h - A yes of the person at the terminal.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_CONFIRM_H
#define POSTERN_CLIENT_CONFIRM_H

/* Ask QUESTION on the terminal, whatever stdin is.  Returns -1 for yes, or
   an exit code after an error was logged for VERB: NO if the answer was no, and
   INSTEAD, what to do, if there is no terminal.  */
int confirm_ask (const char *verb, const char *question, const char *no,
                 const char *instead);

#endif /*POSTERN_CLIENT_CONFIRM_H*/
