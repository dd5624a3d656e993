import { playTheme } from './play.ts';

playTheme('ailing');
